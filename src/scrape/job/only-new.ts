import type { StepContext, WatchedRow } from '../../index.js';
import { type Column, PAGE_COLUMN, parseColumns } from '../read/columns.js';
import type { PageRow } from '../read/document.js';
import { CHANGE_COLUMN, namesIn } from './column-names.js';
import type { ScrapeInput } from './input.js';

type Context = Pick<StepContext<ScrapeInput>, 'input' | 'count' | 'seen'>;

/** What runs must have in common to be one watch: where they look, and by what they know a row. Null: nothing is watched. */
export function watchedBy(input: ScrapeInput): string | null {
  const { keep = 'all', urls, sitemap, row, next, follow, detail = '' } = input;
  if (keep === 'all') return null;
  const known = keyColumns(input).map(({ name }) => name);
  return JSON.stringify([urls, sitemap, row, next, follow, detail, known].map((each) => trimmed(each)));
}

function trimmed(each: string | readonly string[]): string | readonly string[] {
  return typeof each === 'string' ? each.trim() : each;
}

/** By which a row is known: those that were chosen, else the first that is an address, else all. */
export function keyColumns({ columns: text, newBy = '' }: Pick<ScrapeInput, 'columns' | 'newBy'>): readonly Column[] {
  const { columns } = parseColumns(text);
  const names = namesIn(newBy);
  if (names.length > 0) return columns.filter(({ name }) => names.includes(name));
  const link = columns.find(
    ({ attribute, cleanings }) => attribute === 'href' || cleanings.some(({ kind }) => kind === 'absolute'),
  );
  return link === undefined ? columns : [link];
}

/** Which of the rows of a list have pages to be opened: all, unless old ones are left out and can be told by the list. */
export async function withoutOldRows(rows: readonly PageRow[], context: Context): Promise<readonly boolean[]> {
  const { input, seen } = context;
  const known = keyColumns(input);
  if (input.keep !== 'new' || known.some(({ isOfDetail }) => isOfDetail)) return rows.map(() => true);
  const found = await seen(
    rows.map((row) => watchedRow(row, known)),
    { note: false },
  );
  return found.map((each) => each === 'new');
}

/** The rows that are kept, as they are kept: without old ones, or with what they are. */
export async function keptRows(rows: readonly PageRow[], { input, count, seen }: Context): Promise<readonly PageRow[]> {
  const { keep = 'all' } = input;
  if (keep === 'all') return rows;
  const known = keyColumns(input);
  const found = await seen(rows.map((row) => watchedRow(row, known)));
  for (const each of ['new', 'changed', 'same'] as const) {
    const number = found.filter((one) => one === each).length;
    if (number > 0) count(`tobiishi/rows_${each}`, number);
  }
  if (keep === 'new') return rows.filter((_, i) => found[i] === 'new');
  return rows.map(({ [PAGE_COLUMN]: page = '', ...cells }, i) => {
    return { [PAGE_COLUMN]: page, [CHANGE_COLUMN]: found[i] ?? 'new', ...cells };
  });
}

/** Without its page: what moves from one page to the next is the same. */
function watchedRow({ [PAGE_COLUMN]: _, ...row }: PageRow, known: readonly Column[]): WatchedRow {
  const key = known.map(({ name }) => String(row[name] ?? ''));
  return { key: JSON.stringify(key), row, label: key.filter((text) => text !== '').join(' · ') };
}
