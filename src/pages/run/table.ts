import type { Json } from '../../core/step.js';
import type { RecordedRow } from '../../core/store.js';
import { bytesOnPage, clipBytes, fitting } from './page-bytes.js';

/** Nothing on a page may grow with the run, nor with what a scraped page contained. */
const SHOWN_COLUMNS = 10;
const TABLE_BYTES = 3300;
const LEAST_CELL_BYTES = 48;
const HEAD_MARKUP_BYTES = '<th scope="col"></th>'.length;
const CELL_MARKUP_BYTES = '<td></td>'.length;
const ROW_MARKUP_BYTES = 45;

/** The newest rows as a table of bounded size: many are shown with their cells cut, and fewer where that is not enough. */
export function tableOf(rows: readonly RecordedRow[]) {
  const all = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const columns = all.slice(0, SHOWN_COLUMNS);
  const share = TABLE_BYTES / Math.max(1, rows.length * columns.length);
  const room = Math.max(LEAST_CELL_BYTES, Math.floor(share) - CELL_MARKUP_BYTES);
  const newestFirst = rows
    .map(({ number, row }) => ({
      number,
      cells: columns.map((column) => clipBytes(cellText(Object.hasOwn(row, column) ? row[column] : null), room)),
    }))
    .reverse();
  const bytesOf = ({ cells }: { cells: readonly string[] }) =>
    cells.reduce((sum, cell) => sum + CELL_MARKUP_BYTES + bytesOnPage(cell), ROW_MARKUP_BYTES);
  const heads = columns.map((column) => clipBytes(column, 40));
  const headBytes = heads.reduce((sum, head) => sum + HEAD_MARKUP_BYTES + bytesOnPage(head), 0);
  const { shown, bytes } = fitting(newestFirst, TABLE_BYTES - headBytes, bytesOf);
  return {
    columns: heads,
    hiddenColumns: all.length - columns.length,
    rows: shown.reverse(),
    bytes: headBytes + bytes,
  };
}

export function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** By code points, so that no emoji is cut in half. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${[...text.slice(0, length * 2)].slice(0, length - 1).join('')}…`;
}
