/** What stands before the number of a page, or before how many entries come before it. */
const NAMED =
  /(?:^|[/?&_.;-])(?:page|paged|pagina|página|seite|sida|strana|side|sivu|p|pg|pn|pageno|pagenum|pagenumber|page_?no|currentpage|start|offset|from|skip|first|begin|startrow|startindex|limitstart|row)[=/_.-]?$/i;
/** A bare number is one of a page only where it says 2. */
const BARE = /(?:[/_-]|index|default)$/i;

/** Page addresses that differ in one number. */
export interface Series {
  readonly before: string;
  readonly after: string;
  /** Of this page, and of the next. */
  readonly from: number;
  readonly next: number;
}

/** Of this page's address and the next one's, without fragments; null where they do not show it. */
export function seriesOf(here: string, next: string): Series | null {
  let start = 0;
  while (start < here.length && here[start] === next[start]) start += 1;
  // No number is cut in two.
  while (start > 0 && isDigit(next[start - 1]) && (isDigit(next[start]) || isDigit(here[start]))) start -= 1;
  let end = 0;
  const most = Math.min(here.length, next.length) - start;
  while (end < most && here.at(-1 - end) === next.at(-1 - end)) end += 1;
  while (end > 0 && isDigit(next.at(-end)) && (isDigit(next.at(-1 - end)) || isDigit(here.at(-1 - end)))) end -= 1;
  const [mine, others] = [here, next].map((address) => address.slice(start, address.length - end));
  const found = /^(\D*)(\d{1,7})(\D*)$/.exec(others ?? '');
  // The host and its port are the same.
  if (!found || start < new URL(next).origin.length) return null;
  const [, left = '', digits = '', right = ''] = found;
  const before = next.slice(0, start) + left;
  const after = right + next.slice(next.length - end);
  const own = mine === '' ? null : new RegExp(`^${escaped(left)}(\\d{1,7})${escaped(right)}$`).exec(mine ?? '');
  if (mine !== '' && own === null) return null;
  const number = Number(digits);
  const from = own === null ? firstBefore(before, number) : Number(own[1]);
  return from === null || from >= number ? null : { before, after, from, next: number };
}

/** The number that the address of the first page leaves out; null when it is none of a page. */
function firstBefore(before: string, next: number): number | null {
  if (NAMED.test(before)) return next === 2 ? 1 : 0;
  return next === 2 && BARE.test(before) ? 1 : null;
}

function isDigit(sign: string | undefined): boolean {
  return sign !== undefined && sign >= '0' && sign <= '9';
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** The number in an address of the series; null in any other. */
export function numberIn(address: string, { before, after }: Series): number | null {
  if (!address.startsWith(before) || !address.endsWith(after)) return null;
  const digits = address.slice(before.length, address.length - after.length);
  return /^\d{1,7}$/.test(digits) ? Number(digits) : null;
}

/** From one page to the next: what the nearest two of the numbers differ by. */
export function stepOf({ from, next }: Series, linked: ReadonlySet<number>): number {
  const after = [...linked].filter((number) => number > next);
  const ahead = after.length > 0 ? Math.min(...after) - next : next - from;
  return Math.min(next - from, ahead) || next - from;
}
