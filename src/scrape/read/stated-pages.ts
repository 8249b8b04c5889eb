import { numberIn, seriesOf, stepOf } from './page-series.js';
import { type AnyNode, type Element, isElement, nextInside } from './selectors/nodes.js';

/** What a page is asked for: the address of itself and of the next page, and where its links lead. */
export interface StatedPage {
  readonly url: string;
  readonly next: string;
  readonly root: AnyNode;
  /** Of `<link rel=last>` and its like, in the page or its header; null for none. */
  readonly last: string | null;
  resolve(href: string): string | null;
  textOf(element: Element): string;
}

/** A number like that of an article is none of a page. */
const MOST_PAGES = 100_000;
const MOST_LINKS = 2000;
const MOST_TEXT = 200;

/**
 * How many pages the list has from this one on, by what it says; null when it says nothing: the last of
 * its links to pages (`?page=1168`), "Page 1 of 1,168", or "1–20 of 1,168", by as many as there are on this page.
 */
export function statedPages(page: StatedPage): number | null {
  const linked = linkedPages(page);
  const written = writtenPages(page);
  // Links often stop at the tenth page, and what is written is meant for people.
  const most = Math.max(linked ?? 0, written ?? 0);
  return most > 1 && most <= MOST_PAGES ? most : null;
}

/** By the largest number in a link of the same kind as that to the next page. */
function linkedPages({ url, next, root, last, resolve }: StatedPage): number | null {
  const series = seriesOf(url, next);
  if (series === null) return null;
  const numbers = new Set([series.next]);
  const add = (address: string | null) => {
    const number = address === null ? null : numberIn(address, series);
    if (number !== null) numbers.add(number);
  };
  add(last);
  let seen = 0;
  for (let node = nextInside(root, root); node !== null && seen < MOST_LINKS; node = nextInside(node, root)) {
    if (!isElement(node) || (node.name !== 'a' && node.name !== 'option')) continue;
    const href = node.attribs[node.name === 'a' ? 'href' : 'value'];
    // Most links are others, and an address takes its time.
    if (href === undefined || !/\d/.test(href)) continue;
    seen += 1;
    add(resolve(href));
  }
  // The link to the next page alone says nothing of those behind it.
  if (numbers.size === 1) return null;
  return Math.round((Math.max(...numbers) - series.from) / stepOf(series, numbers)) + 1;
}

const NUMBER = String.raw`(\d{1,3}(?:[,.\u00a0\u202f ]\d{3})+|\d{1,7})`;
const TO = String.raw`\s*(?:[-–—~〜～]|to|bis|à|a|al|から)\s*`;
const OF = String.raw`\s*(?:of|von|de|di|sur|van|af|av|из|z|/|／)\s*(?:about |over )?`;
/** `Page 3 of 1,168`; the page is in the first group. */
const PAGE_OF = new RegExp(
  String.raw`(?:page|seite|página|pagina|sida|side|strona|страница|第|ページ)\s*${NUMBER}\s*(?:ページ|页|頁)?${OF}${NUMBER}`,
  'i',
);
/** `1–20 of 1,168` */
const ENTRIES_OF = new RegExp(String.raw`(?<!\d)${NUMBER}${TO}${NUMBER}\s*(?:[^\d\s]{1,12}\s*)?${OF}${NUMBER}`, 'i');
/** `1,168件中 1～20件` and `全1,168件中1-20件` */
const OF_ENTRIES = new RegExp(
  String.raw`${NUMBER}\s*(?:件|品|商品|条|個)中\s*[、:：]?\s*${NUMBER}\s*(?:件|品)?(?:目)?${TO}${NUMBER}`,
);

function writtenPages({ root, textOf }: StatedPage): number | null {
  for (let node = nextInside(root, root); node !== null; node = nextInside(node, root)) {
    // What is said of all pages is short and stands in an element of its own.
    if (node.type !== 'text' || !/\d/.test(node.data) || !isElement(node.parent)) continue;
    if (/^(?:script|style|template|textarea|noscript)$/.test(node.parent.name)) continue;
    for (const element of [node.parent, node.parent.parent]) {
      if (!isElement(element) || element.children.length > 12) continue;
      const text = textOf(element);
      if (text.length > MOST_TEXT) break;
      const pages = pagesIn(text);
      if (pages !== null) return pages;
    }
  }
  return null;
}

function pagesIn(text: string): number | null {
  const page = PAGE_OF.exec(text);
  if (page !== null) return amount(page[2]) - amount(page[1]) + 1;
  const entries = ENTRIES_OF.exec(text) ?? null;
  if (entries !== null) return pagesOf(amount(entries[1]), amount(entries[2]), amount(entries[3]));
  const counted = OF_ENTRIES.exec(text);
  return counted === null ? null : pagesOf(amount(counted[2]), amount(counted[3]), amount(counted[1]));
}

function pagesOf(first: number, last: number, all: number): number | null {
  const each = last - first + 1;
  return each > 1 && all > last ? Math.ceil((all - first + 1) / each) : null;
}

function amount(written = ''): number {
  return Number(written.replace(/\D/g, ''));
}
