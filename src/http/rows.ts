import type { Json, Row } from '../core/step.js';

type Pages = AsyncIterable<readonly Row[]>;

const BOM = '\uFEFF';

/**
 * CSV that a spreadsheet opens right: UTF-8 with a BOM, CRLF, texts in quotes, formulas made harmless. The columns are those of the
 * first page's rows, since the header is sent before later rows are read; JSON has every key of every row.
 */
export async function* toCsv(first: readonly Row[], rest: Pages): AsyncGenerator<string> {
  const columns = [...new Set(first.flatMap((row) => Object.keys(row)))];
  yield BOM;
  if (columns.length === 0) return;
  yield csvLines([columns.map(csvCell)]);
  for await (const rows of pages(first, rest)) {
    yield csvLines(
      rows.map((row) => columns.map((column) => csvCell(Object.hasOwn(row, column) ? row[column] : null))),
    );
  }
}

/** One exact JSON array, a row a line. */
export async function* toJson(first: readonly Row[], rest: Pages): AsyncGenerator<string> {
  let before = '[\n';
  for await (const rows of pages(first, rest)) {
    if (rows.length === 0) continue;
    yield before + rows.map((row) => JSON.stringify(row)).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

export async function* toNdjson(first: readonly Row[], rest: Pages): AsyncGenerator<string> {
  for await (const rows of pages(first, rest)) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

async function* pages(first: readonly Row[], rest: Pages): AsyncGenerator<readonly Row[]> {
  yield first;
  yield* rest;
}

/** Every text in quotes: whatever a spreadsheet takes for a separator, a text is one cell. */
function csvLines(records: readonly (readonly CsvCell[])[]): string {
  return records.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: CsvCell): string {
  return typeof cell === 'string' ? `"${cell.replaceAll('"', '""')}"` : String(cell ?? '');
}

type CsvCell = string | number | boolean | null;

/** What nothing below changes: most texts, which are looked at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const PLAIN = /^[^\s"=+\-@＝＋－＠\x00-\x1f\x7f-\x9f][^"\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]*$/;

function csvCell(value: Json | undefined): CsvCell {
  if (typeof value === 'string') return PLAIN.test(value) ? value : harmless(printable(value));
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null);
}

/** Spreadsheets drop other control characters themselves, and compute what stands behind them. A tab may separate cells. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll('\t', ' ').replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '');
}

/** Spreadsheets take these for the start of a formula; full-width forms as well, in some. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;
const NEGATIVE_NUMBER = /^-\d+([.,]\d+)*$/;

/** An apostrophe before what would be a formula. Plain negative numbers stay numbers. */
function harmless(text: string): string {
  return FORMULA.test(text) && !NEGATIVE_NUMBER.test(text.trim()) ? `'${text}` : text;
}
