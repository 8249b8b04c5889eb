export interface Cell {
  /** Of the file, from 1: a cell in quotes may have several. */
  readonly line: number;
  readonly content: string;
}

const SEPARATORS = [',', ';', '\t', '|'];
/** A hint of Excel's, which is no data. */
const SEPARATOR_LINE = /^\ufeff?(?:"sep=(.)"|sep=(.))[^\S\r\n]*(?:\r\n|\n|\r|$)/i;
const SAMPLED_LINES = 50;
const SAMPLED_CHARACTERS = 100_000;

/** RFC 4180, with whatever separates cells: comma, semicolon (as Excel in Europe), tab or bar, or what `sep=` says. */
export function tableIn(text: string): Cell[][] {
  const [hint = '', quoted, bare] = SEPARATOR_LINE.exec(text) ?? [];
  if (hint !== '') return rowsIn(text.slice(hint.length), quoted ?? bare ?? ',', 2);
  const sample = text.slice(0, SAMPLED_CHARACTERS);
  const scores = SEPARATORS.map((separator) => evenness(rowsIn(sample, separator, 1, SAMPLED_LINES)));
  const best = scores.reduce((a, score, i) => (score > (scores[a] ?? 0) ? i : a), 0);
  return rowsIn(text, SEPARATORS[best] ?? ',', 1);
}

/** How many lines have the number of cells that most have; lines of one cell say nothing. */
function evenness(rows: readonly (readonly Cell[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function rowsIn(text: string, separator: string, firstLine: number, most = Infinity): Cell[][] {
  const part = `\\u{${separator.codePointAt(0)?.toString(16)}}`;
  const pattern = new RegExp(`(?:=?"((?:[^"]|"")*)"|([^\\r\\n${part}]*))(${part}|\\r\\n|\\n|\\r|$)`, 'uy');
  const rows: Cell[][] = [];
  let cells: Cell[] = [];
  let line = firstLine;
  while (pattern.lastIndex < text.length && rows.length < most) {
    const match = pattern.exec(text);
    if (match === null) break;
    // A quote that is never closed is part of its cell.
    const [, quoted, bare = '', end = ''] = match;
    cells.push({ line, content: shown(quoted?.replaceAll('""', '"') ?? bare) });
    if (quoted !== undefined) line += quoted.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === separator) continue;
    line += 1;
    rows.push(cells);
    cells = [];
  }
  // A separator at the very end has an empty cell behind it.
  if (cells.length > 0) rows.push([...cells, { line, content: '' }]);
  return rows;
}

/** What a spreadsheet shows for `="text"`, and for a text behind an apostrophe that keeps it from being computed. */
function shown(content: string): string {
  const [, text] = /^\s*="((?:[^"]|"")*)"\s*$/.exec(content) ?? [];
  if (text !== undefined) return text.replaceAll('""', '"');
  return /^'[=+\-@\t\r]/.test(content) ? content.slice(1) : content;
}
