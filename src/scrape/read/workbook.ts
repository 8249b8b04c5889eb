import type { Cell } from './table.js';
import { attributesIn, scanXml } from './xml-scan.js';
import { ZipArchive } from './zip.js';

/** Of all sheets together, unpacked. */
const MOST_BYTES = 50 * 1024 * 1024;
/** Cells beyond are passed over: addresses stand in one of the first columns. */
const MOST_COLUMNS = 200;

const HTTP = /^\s*https?:\/\//i;

/**
 * The sheets of a workbook, `.xlsx` or `.ods`, as rows of texts; where a cell shows a title and leads to an address, that
 * address. Null when the archive is neither. Throws `ZipError`.
 */
export function sheetsOf(bytes: Uint8Array): Cell[][][] | null {
  const archive = new ZipArchive(bytes, MOST_BYTES);
  const sheets = archive.names.filter((name) => /^xl\/worksheets\/[^/]+\.xml$/i.test(name)).sort(byNumber);
  if (sheets.length > 0) {
    const strings = sharedStrings(archive.text('xl/sharedStrings.xml') ?? '');
    return sheets.map((name) => excelRows(archive, name, strings));
  }
  const content = archive.text('content.xml');
  return content === null ? null : openDocumentSheets(content);
}

/** sheet2 before sheet10. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

/** https://learn.microsoft.com/openspecs/office_standards/ms-oe376: texts that cells share, without readings of kanji. */
function sharedStrings(xml: string): string[] {
  const strings: string[] = [];
  let text: string | null = null;
  let isText = false;
  let isReading = false;
  scanXml(xml, {
    open(name) {
      const local = localName(name);
      if (local === 'si') text = '';
      else if (local === 'rPh') isReading = true;
      else if (local === 't') isText = true;
    },
    close(name) {
      const local = localName(name);
      if (local === 'si') strings.push(text ?? '');
      else if (local === 'rPh') isReading = false;
      else if (local === 't') isText = false;
    },
    text(piece) {
      if (isText && !isReading) text += piece;
    },
  });
  return strings;
}

function excelRows(archive: ZipArchive, name: string, strings: readonly string[]): Cell[][] {
  const rows: Cell[][] = [];
  const links = new Map<string, string>();
  const targets = relations(archive.text(name.replace(/([^/]+)$/, '_rels/$1.rels')) ?? '');
  let row: Cell[] = [];
  let line = 0;
  let column = -1;
  let type = '';
  let text = '';
  let formula = '';
  let inside = '';
  scanXml(archive.text(name) ?? '', {
    open(written, attributes) {
      const local = localName(written);
      inside = local;
      if (local === 'row') {
        line = Number(attributesIn(attributes).get('r') ?? line + 1);
        row = [];
        column = -1;
      } else if (local === 'c') {
        const has = attributesIn(attributes);
        column = columnOf(has.get('r')) ?? column + 1;
        type = has.get('t') ?? '';
        text = '';
        formula = '';
      } else if (local === 'hyperlink') {
        const has = attributesIn(attributes);
        const target = targets.get(has.get('r:id') ?? '');
        if (target !== undefined) links.set(has.get('ref') ?? '', target);
      }
    },
    text(piece) {
      if (inside === 'v' || inside === 't') text += piece;
      else if (inside === 'f') formula += piece;
    },
    close(written) {
      const local = localName(written);
      inside = local === 't' || local === 'v' || local === 'f' ? '' : inside;
      if (local === 'c' && column < MOST_COLUMNS) {
        const content = type === 's' ? (strings[Number(text)] ?? '') : text;
        row[column] = { line, content: linkIn(formula) ?? content };
      } else if (local === 'row') rows.push(filled(row, line));
    },
  });
  for (const cells of rows)
    for (const [i, cell] of cells.entries()) {
      const link = links.get(`${letters(i)}${cell.line}`);
      if (link !== undefined && !HTTP.test(cell.content)) cells[i] = { ...cell, content: link };
    }
  return rows;
}

/** Of `=HYPERLINK("http://…", "title")`. */
export function linkIn(formula: string): string | null {
  const [, quoted] = /^=?\s*HYPERLINK\s*\(\s*"((?:[^"]|"")*)"/i.exec(formula.trimStart()) ?? [];
  return quoted === undefined ? null : quoted.replaceAll('""', '"');
}

function relations(xml: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  scanXml(xml, {
    open(name, attributes) {
      if (localName(name) !== 'Relationship') return;
      const has = attributesIn(attributes);
      const target = has.get('Target') ?? '';
      if (HTTP.test(target)) found.set(has.get('Id') ?? '', target);
    },
    close() {},
    text() {},
  });
  return found;
}

function columnOf(reference: string | undefined): number | null {
  const name = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (name === undefined) return null;
  let number = 0;
  for (const letter of name) number = number * 26 + letter.charCodeAt(0) - 64;
  return number - 1;
}

function letters(column: number): string {
  const rest = column >= 26 ? letters(Math.floor(column / 26) - 1) : '';
  return rest + String.fromCharCode(65 + (column % 26));
}

/** Cells that are left out are empty. */
function filled(row: readonly Cell[], line: number): Cell[] {
  return Array.from({ length: row.length }, (_, i) => row[i] ?? { line, content: '' });
}

/** https://docs.oasis-open.org/office/OpenDocument/v1.3/: rows and cells that repeat are written once. */
function openDocumentSheets(xml: string): Cell[][][] {
  const sheets: Cell[][][] = [];
  let row: Cell[] = [];
  let line = 0;
  let rowRepeats = 1;
  let repeats = 1;
  let text: string | null = null;
  let link: string | null = null;
  scanXml(xml, {
    open(name, attributes) {
      const local = localName(name);
      if (local === 'table') {
        sheets.push([]);
        line = 0;
      } else if (local === 'table-row') {
        line += 1;
        row = [];
        rowRepeats = repeated(attributes, 'table:number-rows-repeated');
      } else if (local === 'table-cell' || local === 'covered-table-cell') {
        repeats = repeated(attributes, 'table:number-columns-repeated');
        text = '';
        link = null;
      } else if (local === 'a' && text !== null) link ??= attributesIn(attributes).get('xlink:href') ?? null;
      else if (local === 's' && text !== null) text += ' ';
      else if (local === 'annotation') text = null;
    },
    text(piece) {
      if (text !== null) text += piece;
    },
    close(name) {
      const local = localName(name);
      if (local === 'table-cell' || local === 'covered-table-cell') {
        const content = link !== null && HTTP.test(link) && !HTTP.test(text ?? '') ? link : (text ?? '').trim();
        for (let i = 0; i < repeats && row.length < MOST_COLUMNS; i += 1) row.push({ line, content });
        text = null;
      } else if (local === 'table-row') {
        sheets.at(-1)?.push(row);
        line += rowRepeats - 1;
      }
    },
  });
  return sheets;
}

function repeated(attributes: string, name: string): number {
  const count = attributes.includes('repeated') ? Number(attributesIn(attributes).get(name)) : 1;
  return Number.isInteger(count) && count > 0 ? count : 1;
}
