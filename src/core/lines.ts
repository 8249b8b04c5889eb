import type { Upload } from './upload.js';

/** The lines of a text file, in UTF-8, as they come: a million of them take no more memory than one. Empty ones are left out. */
export async function* linesOf(file: Pick<Upload, 'stream'>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of textsOf(file)) {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  rest = rest.replace(/\r$/, '');
  if (rest !== '') yield rest;
}

export interface RowsOptions {
  /** Between two cells. Default: a comma. */
  readonly separator?: string;
}

/** The rows of a CSV file (RFC 4180), in UTF-8, by the names in its first line, likewise. A cell that is not there is empty. */
export async function* rowsOf(
  file: Pick<Upload, 'stream'>,
  { separator = ',' }: RowsOptions = {},
): AsyncGenerator<Record<string, string>> {
  let names: readonly string[] | null = null;
  for await (const cells of cellsOf(textsOf(file), separator)) {
    if (names === null) names = cells.map((name) => name.trim());
    else if (cells.length > 1 || cells[0] !== '')
      yield Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  }
}

async function* textsOf({ stream }: Pick<Upload, 'stream'>): AsyncGenerator<string> {
  // A byte-order mark is no part of the text.
  const decoder = new TextDecoder('utf-8');
  for await (const bytes of stream()) yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}

async function* cellsOf(texts: AsyncIterable<string>, separator: string): AsyncGenerator<string[]> {
  const marks = new RegExp(`["\\n\\r${separator.replace(/[\\\]^-]/g, '\\$&')}]`, 'g');
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  /** What stood right before: a quotation mark may end a quoted text or stand for itself, and a CR may have its LF. */
  let last = '';
  for await (const text of texts) {
    let from = 0;
    for (const { 0: mark, index } of text.matchAll(marks)) {
      if (index > from) last = '';
      cell += text.slice(from, index);
      from = index + 1;
      if (mark === '"') {
        if (!isQuoted && last === '"') cell += '"';
        isQuoted = !isQuoted;
      } else if (isQuoted) cell += mark;
      else if (mark === separator) {
        cells.push(cell);
        cell = '';
      } else if (mark === '\r' || last !== '\r') {
        yield [...cells, cell];
        cells = [];
        cell = '';
      }
      last = mark;
    }
    if (from < text.length) last = '';
    cell += text.slice(from);
  }
  if (cell !== '' || cells.length > 0) yield [...cells, cell];
}
