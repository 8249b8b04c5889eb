import { numberIn, type Series, seriesOf, stepOf } from '../read/page-series.js';
import { addressOf, type Resolve } from './next.js';
import type { PageIndex } from './page-index.js';

const MOST_LINKS = 200;
/** Where nothing says how many pages there are. */
const ASSUMED_PAGES = 20;
/** Of one list; a number like that of an article is none of a page. */
const MOST_PAGES = 100_000;
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

/** The numbers of the links that lead to other pages of the series. */
function linkedNumbers(index: PageIndex, series: Series, resolve: Resolve): ReadonlySet<number> {
  const numbers = new Set([series.next]);
  let seen = 0;
  for (const part of index.byTag.get('a') ?? []) {
    const href = part.node.attribs['href'];
    // Most links are others, and an address takes its time.
    if (href === undefined || !/\d/.test(href) || part.textLength > 20) continue;
    seen += 1;
    if (seen > MOST_LINKS) break;
    const url = addressOf(part, resolve)?.replace(/#.*$/, '') ?? '';
    const number = numberIn(url, series);
    if (number !== null) numbers.add(number);
  }
  return numbers;
}
