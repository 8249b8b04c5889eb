import type { Json } from '../../core/step.js';
import type { RecordedRow } from '../../core/store.js';
import { bytesOnPage, clipBytes, fitting } from './page-bytes.js';

/** Nothing on a page may grow with the run, nor with what a scraped page contained. */
const SHOWN_COLUMNS = 10;
/** Of a page that changes with each step, and of one that stays. */
const TABLE_BYTES = 3300;
const STILL_TABLE_BYTES = 5200;
const LEAST_CELL_BYTES = 48;
const HEAD_MARKUP_BYTES = '<th scope="col"></th>'.length;
const CELL_MARKUP_BYTES = '<td></td>'.length;
const LINK_MARKUP_BYTES = '<a href=""></a>'.length;
const ROW_MARKUP_BYTES = 45;
/** Longer addresses stand there as texts. */
const LONGEST_LINK = 300;
/** As in `public/result.js`. */
const ADDRESS_TAIL = 18;

const NO_TABLE = { columns: [], hiddenColumns: 0, rows: [], bytes: 0 };

export interface Cell {
  readonly text: string;
  /** Where it leads, when the whole cell is the address of a web page. */
  readonly href: string | null;
}

/**
 * Rows as a table of bounded size: many are shown with their cells cut, and fewer where that is not enough. `isStill`: on
 * a page that does not change with each step, the first ones count and addresses are links; else the newest.
 */
export function tableOf(rows: readonly RecordedRow[], isStill: boolean) {
  if (rows.length === 0) return NO_TABLE;
  const all = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const columns = all.slice(0, SHOWN_COLUMNS);
  const most = isStill ? STILL_TABLE_BYTES : TABLE_BYTES;
  const share = most / Math.max(1, rows.length * columns.length);
  const room = Math.max(LEAST_CELL_BYTES, Math.floor(share) - CELL_MARKUP_BYTES);
  const inOrder = rows.map(({ number, row }) => ({
    number,
    cells: columns.map((column) => shownCell(cellText(Object.hasOwn(row, column) ? row[column] : null), room, isStill)),
  }));
  const bytesOf = ({ cells }: { cells: readonly Cell[] }) =>
    cells.reduce((sum, cell) => sum + cellBytes(cell), ROW_MARKUP_BYTES);
  const heads = columns.map((column) => clipBytes(column, 40));
  const headBytes = heads.reduce((sum, head) => sum + HEAD_MARKUP_BYTES + bytesOnPage(head), 0);
  const { shown, bytes } = fitting(isStill ? inOrder : inOrder.reverse(), most - headBytes, bytesOf);
  return {
    columns: heads,
    hiddenColumns: all.length - columns.length,
    rows: isStill ? shown : shown.reverse(),
    bytes: headBytes + bytes,
  };
}

function shownCell(text: string, room: number, isStill: boolean): Cell {
  const isAddress = /^https?:\/\/\S+$/.test(text);
  const href = isStill && isAddress && text.length <= LONGEST_LINK ? text : null;
  return { text: clipBytes(isAddress ? addressTail(text) : text, room), href };
}

/** Addresses of one column differ at their ends, and are narrow so. */
function addressTail(address: string): string {
  const shown = address.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '');
  if (shown.length <= ADDRESS_TAIL) return shown;
  const tail = shown.slice(-ADDRESS_TAIL);
  return `…${tail.slice(Math.max(0, tail.indexOf('/')))}`;
}

function cellBytes({ text, href }: Cell): number {
  const link = href === null ? 0 : LINK_MARKUP_BYTES + bytesOnPage(href);
  return CELL_MARKUP_BYTES + bytesOnPage(text) + link;
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
