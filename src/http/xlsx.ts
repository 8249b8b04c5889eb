import type { Json, Row } from '../core/step.js';

/** What Excel can hold; it refuses the whole file otherwise. */
const MOST_COLUMNS = 16_384;
const MOST_CHARACTERS = 32_767;

type Cell = string | number | boolean | null;

/**
 * A workbook, written as fast as it is read. Texts are texts, so that nothing in them is taken for a formula. The
 * columns are those of the first page's rows, as in CSV. Excel has 1,048,576 rows a sheet, the heading among them: the
 * others are on further sheets.
 */
export async function* toXlsx(
  first: readonly Row[],
  rest: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Uint8Array, void> {
  const columns = [...new Set(first.flatMap((row) => Object.keys(row)))].slice(0, MOST_COLUMNS);
  const cells = (row: Row) => columns.map((column) => toCell(Object.hasOwn(row, column) ? row[column] : null));
  async function* rows() {
    for (const row of first) yield cells(row);
    for await (const page of rest) for (const row of page) yield cells(row);
  }
  // Loaded where it is used: it would take 12 MB of a server that nobody asks for a workbook.
  const { writeXlsxStream } = await import('hucre/xlsx');
  const headings = columns.map((column) => ({ header: cleaned(column) }));
  const book = writeXlsxStream(rows(), { name: 'rows', columns: headings, freezePane: { rows: 1 } });
  yield* book as unknown as AsyncIterable<Uint8Array>;
}

function toCell(value: Json | undefined): Cell {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'boolean') return value;
  // Excel keeps 15 digits: what it would change stays a text.
  if (typeof value === 'number' && Math.abs(value) < 1e15) return value;
  return cleaned(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** Without what XML cannot hold; `_x0041_` would be read as a character's number. */
function cleaned(text: string): string {
  return text
    .slice(0, MOST_CHARACTERS)
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/_(?=x[0-9A-F]{4}_)/gi, '_x005F_');
}
