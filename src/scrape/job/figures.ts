import { isStepError, type StepContext, StepError } from '../../index.js';
import type { LoadedPage } from '../fetch/load-page.js';
import type { PoliteRequests } from '../fetch/polite-requests.js';
import type { Column } from '../read/columns.js';
import type { PageRow } from '../read/document.js';
import type { ScrapeInput } from './input.js';

type Context = Pick<StepContext<ScrapeInput>, 'count' | 'attempt' | 'signal'>;

/** Figures have a limited number of names, which others need, too. */
const MOST_COLUMNS = 40;
/** The engine gives a step so many, unless its failure says that another try cannot help. */
const LAST_ATTEMPT = 3;

export function countPage(page: LoadedPage, { raisedDelays }: PoliteRequests, { count }: Context): void {
  count(`tobiishi/encoding/${page.why}/${page.encoding}`);
  if (page.isCut) count('tobiishi/cut_answers');
  if (page.barrier !== null) count(`tobiishi/barriers/${page.barrier}`);
  if (page.cutCells > 0) count('tobiishi/cut_cells', page.cutCells);
  if (page.uncleanCells > 0) count('tobiishi/unclean_cells', page.uncleanCells);
  if (page.leftOutRows > 0) count('tobiishi/left_out_rows', page.leftOutRows);
  if (page.leftOutLinks > 0) count('tobiishi/left_out_links', page.leftOutLinks);
  if (page.leftOut > 0) count('tobiishi/left_out_lines', page.leftOut);
  for (const [, seconds] of raisedDelays) count(`robotstxt/crawl_delay/${seconds}`);
}

/** Also of pages on which a column finds nothing: a column that finds nothing anywhere is most likely a mistake. */
export function countRows(rows: readonly PageRow[], columns: readonly Column[], { count }: Context): void {
  count(rows.length === 0 ? 'tobiishi/pages_without_rows' : 'tobiishi/pages_with_rows');
  countTable(rows, columns, { count });
}

/** Which columns are empty in all rows of a page. */
export function countTable(
  rows: readonly PageRow[],
  columns: readonly Column[],
  { count }: Pick<Context, 'count'>,
): void {
  if (rows.length === 0) return;
  for (const { name } of columns.slice(0, MOST_COLUMNS))
    if (rows.every((row) => row[name] === '')) count(`${EMPTY_COLUMN}${figureName(name)}`);
}

export const EMPTY_COLUMN = 'tobiishi/pages_without_column/';

/** A slash parts the name of a figure from its kind. */
export function figureName(column: string): string {
  return column.replaceAll('/', '\u2215');
}

/** Counts a page that cannot be had, if others would have been found on it. */
export function countFailure(error: unknown, leadsOn: boolean, { count, attempt, signal }: Context): void {
  // In a picture or an archive there are no links.
  const isPage = !isStepError(error) || error.failure.code !== 'not-text';
  if (leadsOn && isPage && isForGood(error, { attempt, signal })) count('tobiishi/failed_leading_on');
}

/** Counts a page of a row that cannot be had; the row is there without it. */
export function countFailedDetail(error: unknown, { count, attempt, signal }: Context): void {
  if (!isForGood(error, { attempt, signal })) return;
  count('tobiishi/failed_details');
  count('item_scraped_count');
}

function isForGood(error: unknown, { attempt, signal }: Pick<Context, 'attempt' | 'signal'>): boolean {
  return !signal.aborted && error instanceof StepError && (!error.retry || attempt >= LAST_ATTEMPT);
}
