import type { Upload } from '../core/upload.js';
import { parseAddresses } from './addresses.js';
import { decode } from './decode.js';

const MOST_BYTES = 5 * 1024 * 1024;
export const MOST_LISTED = 100_000;

export type ListProblem =
  | { readonly problem: 'file-too-large' | 'file-too-many' | 'file-empty' }
  /** The cell on that line is no address. */
  | { readonly problem: 'file-bad-address'; readonly line: number; readonly content: string };

/**
 * The addresses in a file, in normal form: one a line, or in a CSV (or tab-separated) file those of the column that
 * has most of them. Ranges stand for each of their values. A heading above them is passed over, as are empty lines and cells.
 */
export function addressesIn({ name, bytes }: Upload): readonly string[] | ListProblem {
  if (bytes.length > MOST_BYTES) return { problem: 'file-too-large' };
  const { text } = decode(bytes);
  const isTable = /\.(csv|tsv)$/i.test(name);
  const cells = isTable
    ? addressColumn(records(text))
    : text.split(/\r\n|\n|\r/).map((content, i) => ({ line: i + 1, content }));
  const filled = cells
    .map(({ line, content }) => ({ line, content: content.trim() }))
    .filter(({ content }) => content !== '');
  const addresses: string[] = [];
  for (const [i, { line, content }] of filled.entries()) {
    const { lines, problems } = parseAddresses(content);
    if (problems.length > 0 && (i > 0 || /^"?https?:/i.test(content)))
      return { problem: 'file-bad-address', line, content: content.slice(0, 200) };
    for (const each of problems.length > 0 ? [] : lines) {
      if (addresses.length + each.count > MOST_LISTED) return { problem: 'file-too-many' };
      for (const address of each.expand()) addresses.push(address);
    }
  }
  return addresses.length === 0 ? { problem: 'file-empty' } : addresses;
}

function isWhole(content: string): boolean {
  return /^https?:\/\//i.test(content);
}

interface Line {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function addressColumn(lines: readonly Line[]): { line: number; content: string }[] {
  const counts: number[] = [];
  for (const { cells } of lines) {
    for (const [i, cell] of cells.entries()) if (isWhole(cell.trim())) counts[i] = (counts[i] ?? 0) + 1;
  }
  const best = counts.reduce((column, count, i) => (count > (counts[column] ?? 0) ? i : column), 0);
  return lines.map(({ line, cells }) => ({ line, content: cells[best] ?? '' }));
}

/** RFC 4180, with whatever separates cells in the first line: comma, semicolon (as Excel in Europe) or tab. */
function* splitCells(text: string): Generator<[cell: string, end: string]> {
  const head = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const separator = [',', ';', '\t'].reduce((a, b) => (head.split(b).length > head.split(a).length ? b : a));
  const pattern = new RegExp(`(?:"((?:[^"]|"")*)"|([^\\r\\n${separator}]*))(${separator}|\\r\\n|\\n|\\r|$)`, 'y');
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return;
    // A quote that is never closed is part of its cell.
    const [, quoted, bare = '', end = ''] = match;
    yield [quoted?.replaceAll('""', '"') ?? bare, end === separator ? '' : '\n'];
  }
}

function records(text: string): Line[] {
  const lines: Line[] = [];
  let cells: string[] = [];
  for (const [cell, end] of splitCells(text)) {
    cells.push(cell);
    if (end === '') continue;
    lines.push({ line: lines.length + 1, cells });
    cells = [];
  }
  if (cells.length > 0) lines.push({ line: lines.length + 1, cells });
  return lines;
}
