/** A page that moves on later than this is meant to be read first. */
const LONGEST_REFRESH_SECONDS = 30;

/**
 * The address in the `Refresh` header or the content of `<meta http-equiv=refresh>`, as the HTML standard reads it
 * (https://html.spec.whatwg.org/#shared-declarative-refresh-steps). Null when it names none, or a later time than a
 * redirect has.
 */
export function refreshAddress(content: string): string | null {
  // No two parts of the pattern may match the same characters: pages with very many of them would take hours.
  const trimmed = content.replace(/^[\t\n\f\r ]+/, '');
  const [, seconds = '', rest] = /^(\d*)(?:\.[\d.]*)?(?:[\t\n\f\r ]*[;,]|[\t\n\f\r ])([\s\S]*)$/.exec(trimmed) ?? [];
  if (rest === undefined || (seconds === '' && !trimmed.startsWith('.'))) return null;
  if (Number(seconds) > LONGEST_REFRESH_SECONDS) return null;
  const address = rest.replace(/^[\t\n\f\r ]*(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?/i, '');
  const quoted = /^(["'])([\s\S]*?)(?:\1|$)/.exec(address);
  return (quoted ? quoted[2] : address)?.trim() || null;
}
