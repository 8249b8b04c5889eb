import { type CellPage, type CellValue, clean } from '../clean/cleaning.js';
import type { Column } from './columns.js';
import { MAX_LINKS, type Reading } from './page-document.js';

/** In characters. */
const MOST_OF_CELL = 100_000;
/** In bytes, of which a row of a run, and all of a step, may have so many. */
const [MOST_OF_ROW, MOST_OF_PAGE] = [1_000_000, 5_000_000];

/** What is kept of a page's rows: a cell, a row and a page are cut at limits that no table for people reaches. */
export class TableLimits {
  /** How many cells are not whole. */
  cutCells = 0;
  /** How many should have been cleaned and could not be. */
  uncleanCells = 0;
  #ofRow = 0;
  #ofPage = 0;

  /** Whether another row may begin. */
  startRow(): boolean {
    this.#ofRow = 0;
    return this.#ofPage < MOST_OF_PAGE;
  }

  cell(name: string, text: string): string {
    const begun = text.length > MOST_OF_CELL ? text.slice(0, MOST_OF_CELL).replace(/[\ud800-\udbff]$/, '') : text;
    const kept = beginning(begun, MOST_OF_ROW - this.#ofRow);
    if (kept.length < text.length) this.cutCells += 1;
    const bytes = Buffer.byteLength(kept);
    this.#ofRow += bytes;
    this.#ofPage += name.length + bytes;
    return kept;
  }
}

/** As much of a text as fits into so many bytes. */
function beginning(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, bytes)));
  return text.slice(0, read);
}

/** What the values of a cell make of it: the number that it is where it has one alone, else a text. */
export function cellOf(
  { name, constant, cleanings, separator }: Column,
  values: readonly string[],
  page: CellPage,
  limits: TableLimits,
): CellValue {
  if (constant !== null) return constant;
  const cleaned = values.map((value) => clean(value, cleanings, page));
  limits.uncleanCells += cleaned.some(({ isClean }) => !isClean) ? 1 : 0;
  const [first] = cleaned;
  if (cleaned.length === 1 && typeof first?.value === 'number') return first.value;
  const texts = cleaned.map(({ value }) => String(value));
  return limits.cell(name, texts.length === 1 ? (texts[0] ?? '') : texts.filter((text) => text !== '').join(separator));
}

/** Rows made one by one, as far as the limits go. */
export function limitedRows<T, R>(found: readonly T[], make: (each: T, limits: TableLimits) => R) {
  const limits = new TableLimits();
  const rows: R[] = [];
  for (const each of found) {
    if (!limits.startRow()) break;
    rows.push(make(each, limits));
  }
  const { cutCells, uncleanCells } = limits;
  return { rows, cutCells, uncleanCells, leftOutRows: found.length - rows.length };
}

type Counted = 'cutCells' | 'uncleanCells' | 'leftOutRows';

/** Of several tables on one page, which together may have no more than one. */
export function limitedTogether(tables: readonly Pick<Reading, 'rows' | Counted>[]) {
  const all = limitedRows(
    tables.flatMap(({ rows }) => rows),
    (row, limits) => {
      for (const [name, value] of Object.entries(row)) limits.cell(name, String(value));
      return row;
    },
  );
  const sum = (of: Counted) => tables.reduce((count, table) => count + table[of], 0);
  const leftOutRows = sum('leftOutRows') + all.leftOutRows;
  return { ...all, cutCells: sum('cutCells'), uncleanCells: sum('uncleanCells'), leftOutRows };
}

export function limitedLinks(links: readonly string[]) {
  return { follow: links.slice(0, MAX_LINKS), leftOutLinks: Math.max(0, links.length - MAX_LINKS) };
}
