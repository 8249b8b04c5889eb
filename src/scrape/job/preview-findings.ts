import type { Finding, Row, TriedLine, Verdict } from '../../index.js';
import type { LoadedPage } from '../fetch/load-page.js';
import { type Column, PAGE_COLUMN } from '../read/columns.js';
import type { PageRow, Recipe } from '../read/document.js';
import { finding } from './finding.js';
import type { ScrapeInput } from './input.js';

const SHOWN_CELLS = 2;

/** Whether a selector may have been meant to find more than it does. */
export function isPoor({ rows, next }: LoadedPage, recipe: Recipe): boolean {
  const hasGap = recipe.columns.some(({ name }) => rows.every((row) => row[name] === ''));
  return rows.length <= 1 || hasGap || (recipe.next !== '' && next === null);
}

/** Rows with nothing in them are none. */
export function verdictOf(rows: readonly Row[], findings: readonly Finding[]): Verdict {
  const hasCells = rows.some((row) => Object.entries(row).some(([name, cell]) => name !== PAGE_COLUMN && cell !== ''));
  if (!hasCells) return 'nothing';
  return findings.some(({ isWarning }) => isWarning) ? 'partly' : 'found';
}

/** What to look at when a page cannot be had, by the status that came for it. */
export const STATUS_FINDINGS: Readonly<Record<number, string>> = {
  401: 'page-refused',
  403: 'page-refused',
  404: 'page-missing',
  410: 'page-missing',
};

/** Of a column that is cleaned, the same without that stands beside it: no column's name has a colon. */
const UNCLEANED = 'before:';

export function withUncleaned<R extends Recipe>(recipe: R): R {
  const cleaned = recipe.columns.filter(({ cleanings }) => cleanings.length > 0);
  const plain = cleaned.map((column) => ({ ...column, name: UNCLEANED + column.name, cleanings: [] }));
  return { ...recipe, columns: [...recipe.columns, ...plain] };
}

export function withoutUncleaned(row: PageRow): PageRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith(UNCLEANED)));
}

/** The first cells that have something in them. */
export function triedLine(name: string, rows: readonly PageRow[]): TriedLine {
  const filled = rows
    .map((row) => ({ before: String(row[UNCLEANED + name] ?? row[name] ?? ''), after: String(row[name] ?? '') }))
    .filter(({ before }) => before !== '')
    .slice(0, SHOWN_CELLS);
  return { name, before: filled.map(({ before }) => before), after: filled.map(({ after }) => after) };
}

/** What the row and each column found on a page. */
export function selectorFindings(found: readonly PageRow[], { row, columns }: Recipe): Finding[] {
  const rows = found.length;
  if (rows === 0) return [missing('row', 'no-rows', `No row was found (${row})`, { selector: row })];
  const head =
    row === ''
      ? finding('page-is-row', 'The page itself is one row.', {})
      : finding('rows', `Rows: ${rows} (${row})`, { count: rows, selector: row });
  return [head, ...columnFindings(found, columns)];
}

export function columnFindings(found: readonly PageRow[], columns: readonly Column[]): Finding[] {
  const rows = found.length;
  return columns.map(({ name }) => {
    const count = found.filter((each) => each[name] !== '').length;
    const params = { name, count, rows };
    if (count === 0) return missing('columns', 'column-empty', `Column ${name}: empty in all ${rows} rows`, params);
    return finding('column', `Column ${name}: in ${count} of ${rows} rows`, params);
  });
}

export function nextFinding(url: string | null, selector: string): Finding {
  if (url === null) return missing('next', 'no-next', `No link to a next page (${selector})`, { selector });
  return finding('next', `Next page: ${url}`, { url });
}

/** By what the first page says. */
export function statedFinding(count: number): Finding {
  return finding('stated-pages', `About ${count} pages from here on, by what it says`, { count });
}

export function linksFinding(count: number, selector: string): Finding {
  if (count === 0) return missing('follow', 'no-links', `No link to open (${selector})`, { selector });
  return finding('links', `Links to open on it: ${count}`, { count });
}

export function missing(field: keyof ScrapeInput, code: string, message: string, params: Finding['params']): Finding {
  return { ...finding(code, message, params, true), field };
}
