import type { Outcome, StepContext } from '../../index.js';
import type { CookieJars } from '../fetch/cookies.js';
import type { Fetcher } from '../fetch/fetch.js';
import { CookieKeeper } from '../fetch/identity.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import { type LoadedPage, readPage } from '../fetch/read-page.js';
import { RedirectChain } from '../fetch/redirects.js';
import type { Permission } from '../fetch/robots-permission.js';
import { webAddress } from '../read/address.js';
import { parseColumns } from '../read/columns.js';
import type { Recipe } from '../read/document.js';
import { MOST_SITEMAP_BYTES, readSitemap } from '../read/sitemap.js';
import type { ScrapeInput } from './input.js';

export interface ScrapeDeps {
  readonly fetcher: Fetcher;
  /** What robots.txt files say. */
  readonly permission: Permission;
  readonly cookieJars: CookieJars;
  /** The shortest delay that a visitor may ask for. */
  readonly minDelayMs: number;
  /** The most pages that a visitor may ask for. */
  readonly maxPages?: number;
}

/**
 * A page to fetch. `depth`: how many links to open led to it; left out on start pages and their next pages. `via`: the
 * addresses that redirected to it.
 */
export type PageItem = {
  readonly kind: 'page';
  readonly url: string;
  readonly depth?: number;
  readonly via?: readonly string[];
};
/** A sitemap to fetch. `within`: how many indexes led to it. */
export type SitemapItem = { readonly kind: 'sitemap'; readonly url: string; readonly within?: number };
/** Pages of the sitemap at `url`, to become items of their own: a sitemap has too many for one step. */
export type ListItem = { readonly kind: 'list'; readonly url: string; readonly pages: readonly string[] };
export type ScrapeItem = PageItem | SitemapItem | ListItem;

type Context = StepContext<ScrapeInput>;

export function pageItem(url: string): PageItem {
  return { kind: 'page', url };
}

const LISTED_AT_ONCE = 1000;
/** The protocol allows an index none; some sites have one all the same. */
const DEEPEST_INDEX = 2;
/** How long a run remembers where an address sent its reader. */
const MOVED_KEPT_MS = 60 * 60_000;

/** Makes rows of a page and items of its links. A redirect is an item, too, so that no page is read twice. */
export async function readPageItem(deps: ScrapeDeps, item: PageItem, context: Context): Promise<Outcome> {
  const { input, signal } = context;
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const identity = new CookieKeeper(deps.cookieJars.of(context));
  const { via = [] } = item;
  const options = { signal, politeness, identity, via, encoding: input.encoding, takesCut: context.attempt > 1 };
  const page = await readPage(deps.fetcher, item.url, options);
  if (page instanceof URL) return await redirected(item, page.href, context);
  const { depth = 0 } = item;
  const recipe = recipeOf(input);
  const { rows, next, follow } = page.document.read(recipe);
  const isList = recipe.follow !== '' && input.depth > 0 && depth === 0;
  const given = isList ? [] : rows;
  context.count('item_scraped_count', given.length);
  context.count(`tobiishi/encoding/${page.why}/${page.encoding}`);
  if (page.isCut) context.count('tobiishi/cut_answers');
  for (const [, seconds] of politeness.raisedDelays) context.count(`robotstxt/crawl_delay/${seconds}`);
  const items: ScrapeItem[] = [];
  if (next !== null) items.push(depth === 0 ? pageItem(next) : { ...pageItem(next), depth });
  if (depth < input.depth) {
    const links = opened(follow, page.url, input);
    for (const url of links) items.push({ ...pageItem(url), depth: depth + 1 });
    const offsite = follow.length - links.length;
    if (offsite > 0) context.count('offsite/filtered', offsite);
  }
  return { rows: given, items, note: noteOf(page, politeness) };
}

/** Of inputs that are in use: the steps of a slice share one, and selectors take time to check. */
const recipes = new WeakMap<ScrapeInput, Required<Recipe>>();

/** What to read, as the form says it. */
export function recipeOf(input: ScrapeInput): Required<Recipe> {
  const known = recipes.get(input);
  if (known !== undefined) return known;
  const recipe = parseRecipe(input);
  recipes.set(input, recipe);
  return recipe;
}

function parseRecipe(input: ScrapeInput): Required<Recipe> {
  const { columns } = parseColumns(input.columns);
  return { row: input.row.trim(), columns, next: input.next.trim(), follow: input.follow.trim() };
}

/** Of the links to open on a page, those that may be. */
export function opened(links: readonly string[], page: string, { sameSite }: ScrapeInput): string[] {
  return links.filter((link) => !sameSite || isSameSite(link, page));
}

async function redirected({ url, depth, via = [] }: PageItem, to: string, context: Context): Promise<Outcome> {
  const { input } = context;
  const chain = new RedirectChain(via);
  chain.add(url, to);
  if (depth !== undefined && input.sameSite && !isSameSite(url, to)) {
    context.count('offsite/filtered');
    return { note: `redirects to another site: ${to}` };
  }
  await leaveCircle(url, to, context);
  const target: PageItem = { ...pageItem(to), via: chain.addresses };
  return { items: [depth === undefined ? target : { ...target, depth }], note: `redirects to ${to}` };
}

/**
 * Addresses that the run has already are not added again, so that a circle of them would end without a word. Throws
 * `redirect-loop` at the last of them.
 */
async function leaveCircle(url: string, to: string, { runId, cache }: Context): Promise<void> {
  const movedTo = (from: string, target: string) =>
    cache(
      `moved:${runId}:${from}`,
      (text) => (text === '' ? 0 : MOVED_KEPT_MS),
      async () => target,
    );
  await movedTo(url, to);
  const chain = new RedirectChain();
  let from = url;
  for (let next = to; next !== ''; next = await movedTo(from, '')) {
    chain.add(from, next);
    from = next;
  }
}

/** Makes items of a sitemap: pages, or the sitemaps of an index. */
export async function readSitemapItem(deps: ScrapeDeps, item: SitemapItem, context: Context): Promise<Outcome> {
  const { input, signal } = context;
  const { url: sitemap, within = 0 } = item;
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const maxBytes = MOST_SITEMAP_BYTES;
  const takesCut = context.attempt > 1;
  const identity = new CookieKeeper(deps.cookieJars.of(context));
  const options = { signal, politeness, identity, accept: 'anything', maxBytes, takesCut } as const;
  const page = await deps.fetcher.fetch(sitemap, options);
  if (page.isCut) context.count('tobiishi/cut_answers');
  const { isIndex, addresses, dropped } = await readSitemap(page);
  if (dropped > 0) context.count('tobiishi/dropped_addresses', dropped);
  const note = `${addresses.length} ${isIndex ? 'sitemaps' : 'pages'}${page.isCut ? CUT : ''}`;
  if (!isIndex) return { items: inLists(sitemap, addresses), note };
  if (within >= DEEPEST_INDEX) context.count('tobiishi/dropped_sitemaps', addresses.length);
  if (within >= DEEPEST_INDEX) return { note: `${note}, not read: an index in an index in an index` };
  return { items: addresses.map((url) => ({ kind: 'sitemap', url, within: within + 1 })), note };
}

function inLists(sitemap: string, addresses: readonly string[]): ScrapeItem[] {
  if (addresses.length <= LISTED_AT_ONCE) return addresses.map(pageItem);
  const lists: ScrapeItem[] = [];
  for (let i = 0; i < addresses.length; i += LISTED_AT_ONCE)
    lists.push({ kind: 'list', url: sitemap, pages: addresses.slice(i, i + LISTED_AT_ONCE) });
  return lists;
}

const CUT = '; the answer was cut';

function noteOf({ encoding, why, isCut }: LoadedPage, { raisedDelaySeconds, robotsFaults }: PoliteRequests): string {
  const raised = raisedDelaySeconds === null ? '' : `; crawl-delay ${raisedDelaySeconds} s`;
  const faults = [...robotsFaults.values()].map((reason) => `; robots.txt: ${reason}`);
  return [`${encoding} (${why})`, raised, isCut ? CUT : '', ...faults].join('');
}

/** The host name counts, with or without `www.`; the port does not. */
function isSameSite(a: string, b: string): boolean {
  const site = (address: string) => webAddress(address)?.hostname.replace(/^www\./, '');
  return site(a) === site(b);
}
