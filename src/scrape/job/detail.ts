import type { Outcome, StepContext } from '../../index.js';
import type { LoadedPage } from '../fetch/load-page.js';
import { loadPage } from '../fetch/load-page.js';
import { PoliteRequests } from '../fetch/polite-requests.js';
import type { Column } from '../read/columns.js';
import type { PageRow, Recipe } from '../read/document.js';
import type { ScrapeDeps } from './deps.js';
import { countFailedDetail, countPage, countTable } from './figures.js';
import { type HopFetcher, identityOf, loadLoggedIn, loginOf } from './identity.js';
import type { ScrapeInput } from './input.js';
import type { DetailItem } from './items.js';
import { isSameSite } from './links.js';
import { keptRows, withoutOldRows } from './only-new.js';
import { throughRedirects } from './through-redirects.js';

type Context = StepContext<ScrapeInput>;

/** What is read of a list: all but the columns of the rows' own pages. */
export function listRecipe<R extends Recipe>(recipe: R): R {
  return { ...recipe, columns: recipe.columns.filter(({ isOfDetail }) => !isOfDetail) };
}

/** What is read of the page that a row leads to. */
export function detailRecipe(columns: readonly Column[]): Recipe {
  return { row: '', columns: columns.filter(({ isOfDetail }) => isOfDetail), next: '' };
}

/** The row as its list has it, with an empty cell for each column of its own page, in the order of the columns. */
export function rowOfList(row: PageRow, columns: readonly Column[]): PageRow {
  const { page = '' } = row;
  return Object.fromEntries([['page', page], ...columns.map(({ name }) => [name, row[name] ?? ''])]);
}

/** A step for each row of a list, in its order: also for those that lead nowhere, so that none is overtaken. */
export async function detailItems(
  page: LoadedPage,
  columns: readonly Column[],
  context: Context,
): Promise<readonly DetailItem[]> {
  const { input, count } = context;
  const isNew = await withoutOldRows(page.rows, context);
  let offsite = 0;
  const items = page.rows.map((row, i): DetailItem => {
    const link = page.details[i] ?? null;
    const isOpened = link !== null && (!input.sameSite || isSameSite(link, page.url));
    if (link !== null && !isOpened) offsite += 1;
    return { kind: 'detail', url: isOpened ? link : '', list: page.url, row: rowOfList(row, columns) };
  });
  if (offsite > 0) count('offsite/filtered', offsite);
  return items.filter((_, i) => isNew[i]);
}

/**
 * Reads the page that a row leads to, and makes one row of both. Redirects are followed at once: as steps of their own they
 * would come behind the rows that follow.
 */
export async function readDetailItem(
  deps: ScrapeDeps,
  item: DetailItem,
  columns: readonly Column[],
  context: Context,
): Promise<Outcome> {
  const { input, owner, signal, count } = context;
  const made = async (row: PageRow, note: string): Promise<Outcome> => {
    const rows = await keptRows([row], context);
    count('item_scraped_count', rows.length);
    return { rows, note };
  };
  if (item.url === '') return made(item.row, 'the row leads to no page');
  deps.pool.prepare();
  const politeness = new PoliteRequests(context, input.delay, deps.permission);
  const identity = identityOf(deps, context);
  const login = loginOf(deps, context, politeness, identity);
  const recipe = detailRecipe(columns);
  const { pool } = deps;
  const takesCut = context.attempt > 1;
  const options = { pool, owner, signal, politeness, identity, encoding: input.encoding, takesCut, recipe };
  try {
    const page = await throughRedirects<LoadedPage | null>(item.url, identity, async (address) => {
      // Where a redirect leads to another site, the row goes without.
      if (input.sameSite && !isSameSite(item.url, address)) return null;
      return loadLoggedIn(login, deps.fetcher, address, (fetcher: HopFetcher) => loadPage(fetcher, address, options));
    });
    if (page === null) {
      count('offsite/filtered');
      return await made(item.row, 'redirects to another site');
    }
    countPage(page, politeness, context);
    count('tobiishi/detail_pages');
    countTable(page.rows, recipe.columns, context);
    return await made(withDetail(item.row, page.rows[0] ?? {}), `${page.encoding} (${page.why})`);
  } catch (error) {
    countFailedDetail(error, context);
    throw error;
  }
}

/** `page` is that of the list. */
export function withDetail(row: PageRow, detail: PageRow): PageRow {
  const { page: _, ...cells } = detail;
  return { ...row, ...cells };
}
