export interface Cell {
  /** Of the file, from 1: a cell in quotes may have several. */
  readonly line: number;
  readonly content: string;
}

/** RFC 4180, with whatever separates cells in the first line: comma, semicolon (as Excel in Europe) or tab. */
export function tableIn(text: string): Cell[][] {
  const head = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const separator = [',', ';', '\t'].reduce((a, b) => (head.split(b).length > head.split(a).length ? b : a));
  const pattern = new RegExp(`(?:"((?:[^"]|"")*)"|([^\\r\\n${separator}]*))(${separator}|\\r\\n|\\n|\\r|$)`, 'y');
  const rows: Cell[][] = [];
  let cells: Cell[] = [];
  let line = 1;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) break;
    // A quote that is never closed is part of its cell.
    const [, quoted, bare = '', end = ''] = match;
    cells.push({ line, content: quoted?.replaceAll('""', '"') ?? bare });
    if (quoted !== undefined) line += quoted.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === separator) continue;
    line += 1;
    rows.push(cells);
    cells = [];
  }
  if (cells.length > 0) rows.push(cells);
  return rows;
}
