import { strToU8, Zip, ZipDeflate } from 'fflate';
import type { Json, Row } from '../core/step.js';

/** What Excel can hold; it refuses the whole file otherwise. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;
const MOST_CHARACTERS = 32_767;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const SHEET_BEGIN =
  `${DECLARATION}<worksheet ${MAIN}><sheetViews><sheetView workbookViewId="0">` +
  '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>';
const SHEET_END = '</sheetData></worksheet>';

/**
 * A workbook, written row by row, of `rowCount` rows: a page of rows at a time is in memory. Texts are texts, so that
 * nothing in them is taken for a formula. The columns are those of the first page's rows, as in CSV; what does not fit
 * on one sheet goes on to the next.
 */
export async function* toXlsx(
  first: readonly Row[],
  rest: AsyncIterable<readonly Row[]>,
  rowCount: number,
): AsyncGenerator<Uint8Array> {
  const columns = [...new Set(first.flatMap((row) => Object.keys(row)))].slice(0, MOST_COLUMNS);
  const sheets = Math.max(1, Math.ceil(rowCount / (MOST_ROWS - 1)));
  const book = new Book();
  for (const [path, xml] of frame(sheets)) book.add(path, xml);
  let number = 0;
  const write = (rows: readonly Row[]) => {
    for (const row of rows) {
      if (number % (MOST_ROWS - 1) === 0) {
        if (number > 0) book.end(SHEET_END);
        book.begin(`xl/worksheets/sheet${number / (MOST_ROWS - 1) + 1}.xml`, SHEET_BEGIN + rowXml(columns));
      }
      number += 1;
      book.write(rowXml(columns.map((column) => (Object.hasOwn(row, column) ? row[column] : null))));
    }
  };
  write(first);
  yield* book.taken();
  for await (const rows of rest) {
    write(rows);
    yield* book.taken();
  }
  if (number === 0) book.begin('xl/worksheets/sheet1.xml', SHEET_BEGIN);
  book.end(SHEET_END);
  book.close();
  yield* book.taken();
}

/** A zip archive whose entries are written one after another. */
class Book {
  readonly #zip: Zip;
  #chunks: Uint8Array[] = [];
  #entry: ZipDeflate | null = null;
  #text = '';

  constructor() {
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error;
      this.#chunks.push(chunk);
    });
  }

  begin(path: string, text: string): void {
    this.#entry = new ZipDeflate(path);
    this.#zip.add(this.#entry);
    this.#text = text;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length > 65_536) this.#push(false);
  }

  end(text: string): void {
    this.#text += text;
    this.#push(true);
  }

  add(path: string, text: string): void {
    this.begin(path, text);
    this.end('');
  }

  close(): void {
    this.#zip.end();
  }

  /** What was written since it was last asked for. */
  taken(): Uint8Array[] {
    const chunks = this.#chunks.filter(({ length }) => length > 0);
    this.#chunks = [];
    return chunks;
  }

  #push(last: boolean): void {
    this.#entry?.push(strToU8(this.#text), last);
    this.#text = '';
  }
}

/** Everything of a workbook but its sheets. */
function frame(sheets: number): [path: string, xml: string][] {
  const numbers = Array.from({ length: sheets }, (_, index) => index + 1);
  const each = (part: (n: number) => string) => numbers.map(part).join('');
  const relation = (n: number, type: string, target: string) =>
    `<Relationship Id="rId${n}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  return [
    [
      '[Content_Types].xml',
      `${DECLARATION}<Types xmlns="${PACKAGE}/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `<Override PartName="/xl/workbook.xml" ContentType="${SHEET_TYPE}.sheet.main+xml"/>` +
        each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${SHEET_TYPE}.worksheet+xml"/>`) +
        '</Types>',
    ],
    [
      '_rels/.rels',
      `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">` +
        `${relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `${DECLARATION}<workbook ${MAIN} xmlns:r="${OFFICE}"><sheets>` +
        each((n) => `<sheet name="${n === 1 ? 'rows' : `rows ${n}`}" sheetId="${n}" r:id="rId${n}"/>`) +
        '</sheets></workbook>',
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">` +
        `${each((n) => relation(n, 'worksheet', `worksheets/sheet${n}.xml`))}</Relationships>`,
    ],
  ];
}

function rowXml(cells: readonly (Json | undefined)[]): string {
  return `<row>${cells.map(cellXml).join('')}</row>`;
}

function cellXml(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '<c/>';
  if (typeof value === 'boolean') return `<c t="b"><v>${value ? 1 : 0}</v></c>`;
  // Excel keeps 15 digits: what it would change stays a text.
  if (typeof value === 'number' && Math.abs(value) < 1e15) return `<c><v>${value}</v></c>`;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `<c t="inlineStr"><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`;
}

/** Without what XML cannot hold; `_x0041_` would be read as a character's number. */
function xmlText(text: string): string {
  return text
    .slice(0, MOST_CHARACTERS)
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/_(?=x[0-9A-F]{4}_)/gi, '_x005F_')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
