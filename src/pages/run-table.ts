import type { Json } from '../core/step.js';
import type { RecordedRow } from '../core/store.js';

/** Nothing on a page may grow with the run, nor with what a scraped page contained. */
const SHOWN_COLUMNS = 10;
const TABLE_CHARACTERS = 6000;

/** The newest rows as a table of bounded size. */
export function tableOf(rows: readonly RecordedRow[]) {
  const all = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const columns = all.slice(0, SHOWN_COLUMNS);
  const room = Math.max(24, Math.floor(TABLE_CHARACTERS / Math.max(1, rows.length * columns.length)));
  return {
    columns: columns.map((column) => clip(column, 40)),
    hiddenColumns: all.length - columns.length,
    rows: rows.map(({ number, row }) => ({
      number,
      cells: columns.map((column) => clip(cellText(Object.hasOwn(row, column) ? row[column] : null), room)),
    })),
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
