/** A whole number of at most `digits` digits, as an address has it; null for everything else. */
export function wholeNumber(value: unknown, digits: number): number | null {
  return typeof value === 'string' && value.length <= digits && /^\d+$/.test(value) ? Number(value) : null;
}

/** The address with one more name and value in its query. */
export function withQuery(address: string, pair: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}${pair}`;
}
