import { decode } from '../encoding/decode.js';
import { addressesInLine } from './address-line.js';
import {
  type AddressLine,
  countOf,
  isRemark,
  type LeftOut,
  lengthOf,
  MOST_ADDRESSES,
  MOST_CHARACTERS,
  type ParsedAddresses,
  parseAddresses,
} from './addresses.js';
import { headingRow } from './headed-table.js';
import { isObject, type JsonValue } from './json-path.js';
import { looksLikeJson, parseJson } from './json-text.js';
import { type Cell, tableIn } from './table.js';
import { linkIn, sheetsOf } from './workbook.js';
import { isZip, ZipError } from './zip.js';

/** Larger files are not looked into. */
export const MOST_BYTES = 5 * 1024 * 1024;
/** More take a second to look at, and are no list that anybody made. */
const MOST_LINES = 300_000;
/** So many lines without an address are named; all are counted. */
const MOST_LEFT_OUT = 20;
const MOST_CONTENT = 200;

/** A file that was read as a whole. */
export interface ListFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is in a file. */
export interface AddressList {
  readonly lines: readonly AddressLine[];
  /** How many addresses these make. */
  readonly count: number;
  /** Lines among them that have none: the first of these, and how many there are. */
  readonly leftOut: readonly LeftOut[];
  readonly leftOutCount: number;
}

export type ListProblem =
  | { readonly problem: 'file-too-large' | 'file-too-long' | 'file-too-many' | 'file-empty' | 'file-unreadable' }
  /** Addresses stand in several columns; their headings, or letters for want of these. */
  | { readonly problem: 'file-which-column'; readonly names: readonly string[] }
  | { readonly problem: 'file-no-column'; readonly column: string; readonly names: readonly string[] };

/**
 * The addresses in a file: a text with one a line, a table (CSV and its like) or a workbook (`.xlsx`, `.ods`). In a table
 * those of one column: `column` by heading, letter or number, or, when it is empty, the one that is plain. Ranges stand
 * for each of their values. What stands above the first is passed over, and in a table what stands below the last, as are
 * empty cells.
 */
export function readList({ name, bytes }: ListFile, wanted = ''): AddressList | ListProblem {
  const column = wanted.trim();
  if (bytes.length > MOST_BYTES) return { problem: 'file-too-large' };
  if (isZip(bytes)) return readWorkbook(bytes, column);
  if (OTHER_FILES.some((magic) => magic.every((byte, i) => bytes[i] === byte))) return { problem: 'file-unreadable' };
  const text = textIn(bytes);
  if (isTooLong(text)) return { problem: 'file-too-long' };
  const values = looksLikeJson(text) ? tableOfJson(text) : null;
  if (values !== null) return readTable(values, column);
  const rows = tableIn(text);
  return isTable(rows, text, name) ? readTable(rows, column) : readCells(linesOf(text), false);
}

/** Of names that stand in no line of their own. */
const NO_LINE = 0;

/** JSON as this program writes it, among others: a list of records, or of addresses. Null for what is neither. */
function tableOfJson(text: string): Cell[][] | null {
  const { value } = parseJson(text);
  const list = listIn(value);
  if (list === null) return null;
  const records = list.map((each: JsonValue) => (isObject(each) ? new Map(fieldsOf(each)) : each));
  const names = [...new Set(records.flatMap((each) => (each instanceof Map ? [...each.keys()] : [])))];
  const heading = names.map((content) => ({ line: NO_LINE, content }));
  const rows = records.map((each, i) => {
    const cells = each instanceof Map ? names.map((name) => each.get(name)) : [each];
    return cells.map((cell) => ({ line: i + 1, content: typeof cell === 'string' ? cell : '' }));
  });
  return names.length === 0 ? rows : [heading, ...rows];
}

/** Those of records within a record by their path: `request.url`. */
function fieldsOf(
  record: Readonly<Record<string, JsonValue>>,
  path = '',
  depth = 0,
): (readonly [path: string, value: JsonValue])[] {
  return Object.entries(record).flatMap(([name, value]) =>
    isObject(value) && depth < DEEPEST_LIST
      ? fieldsOf(value, `${path}${name}.`, depth + 1)
      : [[path + name, value] as const],
  );
}

const DEEPEST_LIST = 5;

/** The longest array in JSON, which an answer has within something else. */
function listIn(value: JsonValue, depth = 0): readonly JsonValue[] | null {
  if (Array.isArray(value)) return value;
  if (!isObject(value) || depth === DEEPEST_LIST) return null;
  const lists = Object.values(value).flatMap((each) => [listIn(each, depth + 1) ?? []]);
  const longest = lists.reduce((a, b) => (b.length > a.length ? b : a), []);
  return longest.length === 0 ? null : longest;
}

function isTooLong(text: string): boolean {
  let lines = 0;
  for (let at = 0; at < text.length && lines <= MOST_LINES; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || (code === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) lines += 1;
  }
  return lines > MOST_LINES;
}

/** The old format of Excel, and PDF. */
const OTHER_FILES = [
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x25, 0x50, 0x44, 0x46],
];

/** Any encoding that a page may have; UTF-16 also without its mark, as some programs write it. */
function textIn(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isMarked && first !== 0 && second === 0 && third !== 0) return decode(bytes, { override: 'utf-16le' }).text;
  if (!isMarked && first === 0 && second !== 0) return decode(bytes, { override: 'utf-16be' }).text;
  return decode(bytes).text;
}

/** Of its sheets the first that has addresses. */
function readWorkbook(bytes: Uint8Array, column: string): AddressList | ListProblem {
  try {
    const sheets = sheetsOf(bytes);
    if (sheets === null) return { problem: 'file-unreadable' };
    const lists = sheets.map((rows) => readTable(rows, column));
    return lists.find((list) => !('problem' in list) || list.problem !== 'file-empty') ?? { problem: 'file-empty' };
  } catch (error) {
    if (error instanceof ZipError) return { problem: error.isTooLarge ? 'file-too-large' : 'file-unreadable' };
    throw error;
  }
}

function linesOf(text: string): Cell[] {
  return text.split(/\r\n|\n|\r/).map((content, i) => ({ line: i + 1, content }));
}

function readTable(all: readonly (readonly Cell[])[], wanted: string): AddressList | ListProblem {
  // What stands above is said of the whole, and an address in it is none of the list's.
  const rows = all.slice(headingRow(all) ?? 0);
  const columns = columnsWithAddresses(rows);
  const [best] = columns;
  if (best === undefined) return { problem: 'file-empty' };
  const column = wanted === '' ? plainOf(columns) : columns.find((each) => isNamed(each, wanted));
  const names = columns.map(({ heading, index }) => heading || letterOf(index));
  if (column !== undefined && column !== null)
    return readCells(
      rows.flatMap((row) => row[column.index] ?? []),
      true,
    );
  return wanted === '' ? { problem: 'file-which-column', names } : { problem: 'file-no-column', column: wanted, names };
}

interface ColumnOfTable {
  readonly index: number;
  readonly count: number;
  /** Of what stands above its first address, the last; empty when there is nothing. */
  readonly heading: string;
}

/** Those with most addresses first. */
function columnsWithAddresses(rows: readonly (readonly Cell[])[]): ColumnOfTable[] {
  const counts: number[] = [];
  const headings: string[] = [];
  for (const row of rows) {
    for (const [i, { content }] of row.entries()) {
      if (hasAddress(content)) counts[i] = (counts[i] ?? 0) + 1;
      else if (counts[i] === undefined && content.trim() !== '') headings[i] = content.trim();
    }
  }
  return counts
    .flatMap((count, index) => ({ index, count, heading: headings[index] ?? '' }))
    .sort((a, b) => b.count - a.count || a.index - b.index);
}

const MEANS_ADDRESS =
  /^(?:the )?(?:page|perma ?links?|urls?|uris?|links?|address(?:es)?|href|loc|web ?(?:site|page|address)|page ?urls?|アドレス|リンク|ＵＲＬ)$/i;

/** The only one, the one with far more than others, or the only one that its heading calls so; null when it is not plain. */
function plainOf(columns: readonly ColumnOfTable[]): ColumnOfTable | null {
  const [best, second] = columns;
  if (best === undefined) return null;
  if (second === undefined || second.count * 2 < best.count) return best;
  const rivals = columns.filter(({ count }) => count * 2 >= best.count);
  const named = rivals.filter(({ heading }) => MEANS_ADDRESS.test(heading));
  return (named.length === 1 ? named[0] : null) ?? null;
}

function isNamed({ index, heading }: ColumnOfTable, wanted: string): boolean {
  const [a, b] = [heading, wanted].map((text) => text.normalize('NFKC').toLowerCase());
  return a === b || letterOf(index).toLowerCase() === b || String(index + 1) === b;
}

function letterOf(index: number): string {
  const rest = index >= 26 ? letterOf(Math.floor(index / 26) - 1) : '';
  return rest + String.fromCharCode(65 + (index % 26));
}

function hasAddress(content: string): boolean {
  return HTTP.test(content) && addressesInLine(linkIn(content) ?? content).length > 0;
}

/** What tables write where there is nothing. */
const NOTHING = /^(?:[-–—―ー_.*=#\s]*|#?n\/?a|none|null|nil|なし|無し|該当なし)$/i;
/** What was meant as an address, and not as a heading or a sum. */
const LIKE_ADDRESS = /:\/\/|^www\.|^[^\s/]+\.[a-z]{2,}(?:[/:?#]|$)|^\/\S/i;

const HTTP = /https?:\/\//i;
/** For the lines of long texts that are no lists. */
const NO_ADDRESS: Pick<ParsedAddresses, 'lines' | 'problems'> = { lines: [], problems: [] };

/** `hasSums`: what is no address may stand below the last, too. */
function readCells(cells: readonly Cell[], hasSums: boolean): AddressList | ListProblem {
  const found: AddressLine[] = [];
  let count = 0;
  let length = 0;
  const leftOut: LeftOut[] = [];
  /** Since the last address: what is no address there is one only if another follows. */
  let waiting: LeftOut[] = [];
  let waitingCount = 0;
  let leftOutCount = 0;
  const settle = () => {
    leftOut.push(...waiting.slice(0, MOST_LEFT_OUT - leftOut.length));
    leftOutCount += waitingCount;
    waiting = [];
    waitingCount = 0;
  };
  for (const { line, content: written } of cells) {
    const content = withoutEnd(linkIn(written) ?? written).trim();
    if (line === NO_LINE || NOTHING.test(content) || isRemark(content)) continue;
    const { lines, problems } = HTTP.test(content) ? parseAddresses(content) : NO_ADDRESS;
    if (problems[0]?.code.startsWith('urls-too')) return { problem: 'file-too-many' };
    if (lines.length > 0) {
      // What stands above the first is a heading.
      if (found.length > 0) settle();
      waiting = [];
      waitingCount = 0;
      for (const each of lines) {
        found.push(each);
        count += countOf(each);
        length += lengthOf(each);
      }
      if (count > MOST_ADDRESSES || length > MOST_CHARACTERS) return { problem: 'file-too-many' };
      continue;
    }
    waitingCount += 1;
    if (waiting.length < MOST_LEFT_OUT) waiting.push({ line, content: content.slice(0, MOST_CONTENT) });
    if (LIKE_ADDRESS.test(content)) settle();
  }
  if (!hasSums) settle();
  return found.length === 0 ? { problem: 'file-empty' } : { lines: found, count, leftOut, leftOutCount };
}

/** What old programs end their files with. */
function withoutEnd(content: string): string {
  return content.replaceAll('\0', '').replaceAll('\x1a', '');
}

function isWhole(content: string): boolean {
  return /^\s*https?:\/\//i.test(content);
}

/** People name files as they like. What is in one decides, and its name only where that leaves both open. */
function isTable(rows: readonly (readonly Cell[])[], text: string, name: string): boolean {
  const [first = []] = rows;
  if (!rows.some((row) => row.length > 1))
    return text.trimStart().startsWith('"') || /^\ufeff?\s*(?:sep=|=")/i.test(text);
  if (headingRow(rows) !== null) return true;
  const [heading = ''] = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .split(/[\r\n]/, 1);
  // One name above: separators are then those within addresses.
  if (MEANS_ADDRESS.test(heading.trim())) return false;
  const isNamedSo = /\.(csv|tsv)$/i.test(name) || /^\ufeff?"?sep=/i.test(text);
  const others = linesOf(text).filter(({ line, content }) => line > 1 && content.trim() !== '');
  const isList = others.every(({ content }) => isWhole(content));
  // Something else than an address begins its lines, so that addresses can only stand in a column.
  if (!isList) return isNamedSo || rows.some((row) => row.slice(1).some(({ content }) => isWhole(content)));
  // An address may have commas in it, but neither tabs nor, as a rule, as many commas as the heading.
  const isEven = rows.every((row) => row.length === first.length);
  return isNamedSo || text.includes('\t') || (isEven && !isWhole(first[0]?.content ?? ''));
}
