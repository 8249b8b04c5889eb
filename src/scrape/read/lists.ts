import type { Upload } from '../../index.js';
import { decode } from '../encoding/decode.js';
import { MOST_ADDRESSES, parseAddresses } from './addresses.js';
import { type Cell, tableIn } from './table.js';

const MOST_BYTES = 5 * 1024 * 1024;

export type ListProblem =
  | { readonly problem: 'file-too-large' | 'file-too-many' | 'file-empty' }
  /** What stands on that line is no address. */
  | { readonly problem: 'file-bad-address'; readonly line: number; readonly content: string };

/** A form asks several times what is in its file. */
const read = new WeakMap<Upload, readonly string[] | ListProblem>();

/**
 * The addresses in a file, in normal form: one a line, or in a table (CSV or tab-separated) those of the column that
 * has most of them. Ranges stand for each of their values. A heading above them is passed over, as are empty lines and cells.
 */
export function addressesIn(file: Upload): readonly string[] | ListProblem {
  const known = read.get(file) ?? readList(file);
  read.set(file, known);
  return known;
}

function readList({ name, bytes }: Upload): readonly string[] | ListProblem {
  if (bytes.length > MOST_BYTES) return { problem: 'file-too-large' };
  const { text } = decode(bytes);
  const filled = (columnOf(text, name) ?? linesOf(text))
    .map(({ line, content }) => ({ line, content: content.trim() }))
    .filter(({ content }) => content !== '');
  const addresses: string[] = [];
  for (const [i, { line, content }] of filled.entries()) {
    const { lines, problems } = parseAddresses(content);
    if (problems[0]?.code === 'urls-too-many') return { problem: 'file-too-many' };
    if (problems.length > 0 && (i > 0 || /^"?https?:/i.test(content)))
      return { problem: 'file-bad-address', line, content: content.slice(0, 200) };
    for (const each of problems.length > 0 ? [] : lines) {
      if (addresses.length + each.count > MOST_ADDRESSES) return { problem: 'file-too-many' };
      for (const address of each.expand()) addresses.push(address);
    }
  }
  return addresses.length === 0 ? { problem: 'file-empty' } : addresses;
}

function isWhole(content: string): boolean {
  return /^\s*https?:\/\//i.test(content);
}

function linesOf(text: string): Cell[] {
  return text.split(/\r\n|\n|\r/).map((content, i) => ({ line: i + 1, content }));
}

/** The column with most addresses; null when the file is a list. */
function columnOf(text: string, name: string): Cell[] | null {
  const rows = tableIn(text);
  if (!isTable(rows, text, name)) return null;
  const counts: number[] = [];
  for (const row of rows) {
    for (const [i, { content }] of row.entries()) if (isWhole(content)) counts[i] = (counts[i] ?? 0) + 1;
  }
  const best = counts.reduce((column, count, i) => (count > (counts[column] ?? 0) ? i : column), 0);
  return rows.flatMap((row) => row[best] ?? []);
}

/** People name files as they like. What is in one decides, and its name only where that leaves both open. */
function isTable(rows: readonly (readonly Cell[])[], text: string, name: string): boolean {
  const [first = []] = rows;
  if (!rows.some((row) => row.length > 1)) return text.trimStart().startsWith('"');
  const isNamedSo = /\.(csv|tsv)$/i.test(name);
  const others = linesOf(text).filter(({ line, content }) => line > 1 && content.trim() !== '');
  const isList = others.every(({ content }) => isWhole(content));
  // Something else than an address begins its lines, so that addresses can only stand in a column.
  if (!isList) return isNamedSo || rows.some((row) => row.slice(1).some(({ content }) => isWhole(content)));
  // An address may have commas in it, but neither tabs nor, as a rule, as many commas as the heading.
  const isEven = rows.every((row) => row.length === first.length);
  return isNamedSo || text.includes('\t') || (isEven && !isWhole(first[0]?.content ?? ''));
}
