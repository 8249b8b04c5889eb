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
  yield `${columns.map(csvCell).join(',')}\r\n${csvLines(first, columns)}`;
  for await (const rows of rest) yield csvLines(rows, columns);
}

/** One exact JSON array, a row a line, of pages of such lines. */
export async function* toJson(pages: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const lines of pages) {
    yield before + lines.toString('utf8', 0, lines.length - 1).replaceAll('\n', ',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Every text in quotes: whatever a spreadsheet takes for a separator, a text is one cell. */
function csvLines(rows: readonly Row[], columns: readonly string[]): string {
  let lines = '';
  for (const row of rows) {
    let separator = '';
    for (const column of columns) {
      lines += separator;
      if (Object.hasOwn(row, column)) lines += csvCell(row[column] ?? null);
      separator = ',';
    }
    lines += '\r\n';
  }
  return lines;
}

/** What nothing below changes: most texts, which are looked at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const PLAIN = /^[^\s"=+\-@＝＋－＠\x00-\x1f\x7f-\x9f][^"\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]*$/;

function csvCell(value: Json): string {
  if (typeof value === 'string') return PLAIN.test(value) ? `"${value}"` : quoted(harmless(printable(value)));
  if (typeof value === 'object') return value === null ? '' : quoted(JSON.stringify(value));
  return String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Spreadsheets drop other control characters themselves, and compute what stands behind them. A tab may separate cells. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, (control) => (control === '\t' ? ' ' : ''));
}

/** Spreadsheets take these for the start of a formula; full-width forms as well, in some. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;
const NEGATIVE_NUMBER = /^-\d+([.,]\d+)*$/;

/** An apostrophe before what would be a formula. Plain negative numbers stay numbers. */
function harmless(text: string): string {
  return FORMULA.test(text) && !NEGATIVE_NUMBER.test(text.trim()) ? `'${text}` : text;
}
