import { addressOf, type Resolve } from './next.js';
import type { PageIndex } from './page-index.js';

const MOST_LINKS = 200;
/** Where nothing says how many pages there are. */
const ASSUMED_PAGES = 20;
/** Of one list; a number like that of an article is none of a page. */
const MOST_PAGES = 100_000;
/** What stands before the number of a page, or before how many entries come before it. */
const NAMED =
  /(?:^|[/?&_.;-])(?:page|paged|pagina|página|seite|sida|strana|side|sivu|p|pg|pn|pageno|pagenum|pagenumber|page_?no|currentpage|start|offset|from|skip|first|begin|startrow|startindex|limitstart|row)[=/_.-]?$/i;
/** A bare number is one of a page only where it says 2. */
const BARE = /(?:[/_-]|index|default)$/i;

/** Page addresses that differ in one number. */
interface Series {
  readonly before: string;
  readonly after: string;
  /** Of this page, and of the next. */
  readonly from: number;
  readonly next: number;
}

/**
 * The addresses of a list's pages from this one on, with their number as a range (`https://…?page=[1-20]`), where this
 * page's address and the next one's show it; null where they do not. The last number is the largest in a link of the same
 * kind, for want of one that of the twentieth page.
 */
export function pagePattern(index: PageIndex, next: string, resolve: Resolve): string | null {
  const here = index.page.url.replace(/#.*$/, '');
  const series = seriesOf(here, next.replace(/#.*$/, ''));
  if (series === null) return null;
  const { before, after, from } = series;
  const linked = linkedNumbers(index, series, resolve);
  const step = stepOf(series, linked);
  const last = Math.max(...linked, linked.size > 1 ? 0 : from + (ASSUMED_PAGES - 1) * step);
  if (step < 1 || (last - from) / step > MOST_PAGES || /[[\]]/.test(before + after)) return null;
  const first = series.from === series.next - step ? from : series.next - step;
  return first < 0 ? null : `${before}[${first}-${last}${step === 1 ? '' : `:${step}`}]${after}`;
}

function seriesOf(here: string, next: string): Series | null {
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

/** The numbers of the links that lead to other pages of the series. */
function linkedNumbers(index: PageIndex, { before, after, next }: Series, resolve: Resolve): ReadonlySet<number> {
  const numbers = new Set([next]);
  let seen = 0;
  for (const part of index.byTag.get('a') ?? []) {
    const href = part.node.attribs['href'];
    // Most links are others, and an address takes its time.
    if (href === undefined || !/\d/.test(href) || part.textLength > 20) continue;
    seen += 1;
    if (seen > MOST_LINKS) break;
    const url = addressOf(part, resolve)?.replace(/#.*$/, '') ?? '';
    if (!url.startsWith(before) || !url.endsWith(after)) continue;
    const digits = url.slice(before.length, url.length - after.length);
    if (/^\d{1,7}$/.test(digits)) numbers.add(Number(digits));
  }
  return numbers;
}

/** From one page to the next: what the nearest two of the numbers differ by. */
function stepOf({ from, next }: Series, linked: ReadonlySet<number>): number {
  const after = [...linked].filter((number) => number > next);
  const ahead = after.length > 0 ? Math.min(...after) - next : next - from;
  return Math.min(next - from, ahead) || next - from;
}
