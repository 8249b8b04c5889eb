import type { Outcome, StepContext } from '../../index.js';
import { leavingEarly } from '../fetch/leaving-early.js';
import { type LoadedPage, loadPage } from '../fetch/load-page.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import { RedirectChain } from '../fetch/redirects.js';
import { parseColumns } from '../read/columns.js';
import type { Recipe } from '../read/document.js';
import { MOST_SITEMAP_BYTES } from '../read/sitemap.js';
import type { ScrapeDeps } from './deps.js';
import { detailItems, listRecipe } from './detail.js';
import { countFailure, countPage, countRows } from './figures.js';
import { type HopFetcher, identityOf, loadLoggedIn, loginOf } from './identity.js';
import type { ScrapeInput } from './input.js';
import { type LeftOutItem, type PageItem, pageItem, type ScrapeItem, type SitemapItem } from './items.js';
import { fingerprintOfLinks, isSameSite, openedLinks } from './links.js';
import { keptRows } from './only-new.js';

export { readDetailItem } from './detail.js';

type Context = StepContext<ScrapeInput>;

/** Of the pages before it, as a site may show its first or its last page for all that are past the end. */
const MOST_SHOWN = 4;
const LISTED_AT_ONCE = 1000;
/** The protocol allows an index none; some sites have one all the same. */
const DEEPEST_INDEX = 2;
/** How long a run remembers where an address sent its reader. */
const MOVED_KEPT_MS = 60 * 60_000;

/** Makes rows of a page and items of its links. A redirect is an item, too, so that no page is read twice. */
export async function readPageItem(deps: ScrapeDeps, item: PageItem, context: Context): Promise<Outcome> {
  deps.pool.prepare();
  try {
    return await pageOutcome(deps, item, context);
  } catch (error) {
    const { next, follow, depth } = context.input;
    countFailure(error, next.trim() !== '' || (follow.trim() !== '' && (item.depth ?? 0) < depth), context);
    throw error;
  }
}

async function pageOutcome(deps: ScrapeDeps, item: PageItem, context: Context): Promise<Outcome> {
  const { input, owner, signal, clock } = context;
  const { depth = 0 } = item;
  const whole = recipeOf(input);
  const isList = whole.follow !== '' && input.depth > 0 && depth === 0;
  // Lists of links give no rows.
  const ofList = listRecipe(whole);
  const isFirst = item.shown === undefined;
  const recipe = { ...(isList ? { ...ofList, row: '', columns: [], detail: '' } : ofList), isFirst };
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const identity = identityOf(deps, context);
  const { via = [] } = item;
  const takesCut = context.attempt > 1;
  const { pool } = deps;
  const { encoding } = input;
  const options = { pool, owner, signal, politeness, identity, via, encoding, takesCut, recipe };
  const login = loginOf(deps, context, politeness, identity);
  const load = (fetcher: HopFetcher) => loadPage(fetcher, item.url, options);
  const leave = await deps.hostSlots.take(`${context.runId} ${new URL(item.url).host}`, signal, clock);
  const page = await loadLoggedIn(login, leavingEarly(deps.fetcher, identity, leave), item.url, load).finally(leave);
  if (page instanceof URL) return await redirected(item, page.href, context);
  countPage(page, politeness, context);
  const note = noteOf(page, politeness);
  const shown = isList && page.follow.length > 0 ? fingerprintOfLinks(page.follow) : page.fingerprint;
  if (item.shown?.includes(shown)) {
    context.count('tobiishi/repeated_pages');
    return { note: `${note}; shows what an earlier page showed, so it is not gone on from` };
  }
  if (!isList) countRows(page.rows, recipe.columns, context);
  if (page.statedPages) context.count('tobiishi/stated_pages', page.statedPages);
  const hasDetail = recipe.detail !== '';
  const rows = isList || hasDetail ? [] : await keptRows(page.rows, context);
  if (rows.length > 0) context.count('item_scraped_count', rows.length);
  const items = [
    // Before the next page, so that rows come in the order of the list.
    ...(hasDetail ? await detailItems(page, whole.columns, context) : []),
    ...nextItems(page, item, shown, context),
    ...openedItems(page, depth, context),
  ];
  return { rows, items, note };
}

/** The next page, which knows what the first and the last few before it showed. */
function nextItems({ next }: LoadedPage, { depth, shown: before = [] }: PageItem, shown: string, context: Context) {
  if (next === null) return [];
  context.count('tobiishi/next_pages');
  const known = [...before, shown];
  const kept = known.length > MOST_SHOWN ? [...known.slice(0, 1), ...known.slice(1 - MOST_SHOWN)] : known;
  return [{ ...pageItem(next), ...(depth !== undefined && { depth }), shown: kept }];
}

function openedItems(page: LoadedPage, depth: number, { input, count }: Context): PageItem[] {
  if (depth >= input.depth) return [];
  const links = openedLinks(page.follow, page.url, input);
  const offsite = page.follow.length - links.length;
  if (offsite > 0) count('offsite/filtered', offsite);
  if (links.length > 0) count('tobiishi/links_opened', links.length);
  return links.map((url) => ({ ...pageItem(url), depth: depth + 1 }));
}

type WholeRecipe = Required<Omit<Recipe, 'isFirst'>>;

/** Of inputs that are in use: the steps of a slice share one, and selectors take time to check. */
const recipes = new WeakMap<ScrapeInput, WholeRecipe>();

/** What to read, as the form says it. */
export function recipeOf(input: ScrapeInput): WholeRecipe {
  const known = recipes.get(input);
  if (known !== undefined) return known;
  const recipe = parseRecipe(input);
  recipes.set(input, recipe);
  return recipe;
}

function parseRecipe(input: ScrapeInput): WholeRecipe {
  const { columns } = parseColumns(input.columns);
  // A run from before rows had pages has no such field.
  const detail = input.detail ?? '';
  const { row, next, follow } = input;
  return { row: row.trim(), columns, next: next.trim(), follow: follow.trim(), detail: detail.trim() };
}

async function redirected(item: PageItem, to: string, context: Context): Promise<Outcome> {
  const { input } = context;
  const { url, depth, via = [] } = item;
  const chain = new RedirectChain(via);
  chain.add(url, to);
  if (depth !== undefined && input.sameSite && !isSameSite(url, to)) {
    context.count('offsite/filtered');
    return { note: `redirects to another site: ${to}` };
  }
  await leaveCircle(url, to, context);
  return { items: [{ ...item, url: to, via: chain.addresses }], note: `redirects to ${to}` };
}

/**
 * Addresses that the run has already are not added again, so that a circle of them would end without a word. Throws
 * `redirect-loop` at the last of them.
 */
async function leaveCircle(url: string, to: string, { runId, cache }: Context): Promise<void> {
  const movedTo = (from: string, target: string) =>
    cache(
      `${runId}:moved:${from}`,
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

export function sayLeftOut({ lines, lineCount, duplicateCount }: LeftOutItem, { count }: Context): Outcome {
  if (lineCount > 0) count('tobiishi/left_out_lines', lineCount);
  if (duplicateCount > 0) count('tobiishi/duplicate_addresses', duplicateCount);
  const noted = [
    lineCount > 0 ? `lines left out: ${lineCount} (${lines.join('; ')})` : '',
    duplicateCount > 0 ? `named more than once: ${duplicateCount}` : '',
  ];
  return { note: noted.filter((each) => each !== '').join('; ') };
}

/** Makes items of a sitemap: pages, or the sitemaps of an index. */
export async function readSitemapItem(deps: ScrapeDeps, item: SitemapItem, context: Context): Promise<Outcome> {
  const { input, signal } = context;
  const { url: sitemap, within = 0 } = item;
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const maxBytes = MOST_SITEMAP_BYTES;
  const takesCut = context.attempt > 1;
  const identity = identityOf(deps, context);
  const login = loginOf(deps, context, politeness, identity);
  if (login?.concerns(new URL(sitemap))) await login.ensure();
  const options = { signal, politeness, identity, accept: 'anything', maxBytes, takesCut } as const;
  const { isIndex, addresses, dropped, isCut } = await context.withMemory(async (memory) => {
    const page = await deps.fetcher.fetch(sitemap, { ...options, memory });
    const task = { owner: context.owner, bytes: page.bytes, signal };
    const list = await deps.pool.run('readSitemap', [page], task);
    return { ...list, isCut: page.isCut || list.isCut };
  });
  if (isCut) context.count('tobiishi/cut_answers');
  if (dropped > 0) context.count('tobiishi/dropped_addresses', dropped);
  const note = `${addresses.length} ${isIndex ? 'sitemaps' : 'pages'}${isCut ? CUT : ''}`;
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
