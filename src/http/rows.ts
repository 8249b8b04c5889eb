import type { Json, Row } from '../core/step.js';
import { csvStringify } from './packages.js';

type Pages = AsyncIterable<readonly Row[]>;

const BOM = '\uFEFF';

/**
 * CSV that a spreadsheet opens right: UTF-8 with a BOM, CRLF, formulas made harmless. The columns are those of the
 * first page's rows, since the header is sent before later rows are read; JSON has every key of every row.
 */
export async function* toCsv(first: readonly Row[], rest: Pages): AsyncGenerator<string> {
  const columns = [...new Set(first.flatMap((row) => Object.keys(row)))];
  yield BOM;
  if (columns.length === 0) return;
  yield csvLines([columns.map(harmless)]);
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

/** Besides what CSV itself asks for: line ends of any kind, and the separator of spreadsheets where a comma is decimal. */
const NEEDS_QUOTES = /[\r\n;]/;

function csvLines(records: readonly (readonly string[])[]): string {
  return csvStringify().stringify(records as string[][], { record_delimiter: 'windows', quoted_match: NEEDS_QUOTES });
}

function csvCell(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string'
    ? harmless(value)
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

/** Spreadsheets take these for the start of a formula; full-width forms as well, in some. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NEGATIVE_NUMBER = /^-\d+([.,]\d+)*$/;

/** An apostrophe before what would be a formula. Plain negative numbers stay numbers. */
function harmless(text: string): string {
  return FORMULA.test(text) && !NEGATIVE_NUMBER.test(text) ? `'${text}` : text;
}
