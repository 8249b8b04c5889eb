/** What a step of a scrape is about. */
import type { PageRow } from '../read/page-document.js';

/**
 * A page to fetch. `depth`: how many links to open led to it; left out on start pages and their next pages. `via`: the
 * addresses that redirected to it. `shown`: fingerprints of what pages before it showed, of which it is the next one.
 */
export type PageItem = {
  readonly kind: 'page';
  readonly url: string;
  readonly depth?: number;
  readonly via?: readonly string[];
  readonly shown?: readonly string[];
};
/** A sitemap to fetch. `within`: how many indexes led to it. */
export type SitemapItem = { readonly kind: 'sitemap'; readonly url: string; readonly within?: number };
/** Pages of the sitemap at `url`, to become items of their own: a sitemap has too many for one step. */
export type ListItem = { readonly kind: 'list'; readonly url: string; readonly pages: readonly string[] };
/** Says once what of the form's lists the run goes on without. `lines`: the first of those that have no address. */
export type LeftOutItem = {
  readonly kind: 'left-out';
  readonly url: string;
  readonly lines: readonly string[];
  readonly lineCount: number;
  readonly duplicateCount: number;
};
/** The page that `row` of the page `list` leads to; `url` is empty when it leads nowhere. */
export type DetailItem = {
  readonly kind: 'detail';
  readonly url: string;
  readonly list: string;
  readonly row: PageRow;
};
export type ScrapeItem = PageItem | SitemapItem | ListItem | LeftOutItem | DetailItem;

export function pageItem(url: string): PageItem {
  return { kind: 'page', url };
}
