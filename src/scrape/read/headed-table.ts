import { type Cell, tableIn } from './table.js';

/** Begins with an address, whatever is behind it. */
const WHOLE = /^\s*["'<]?https?:\/\//i;
const HTTP = /https?:\/\//i;
/** Rows are looked at up to here: a heading stands above all. */
const LOOKED_AT = 200;
/** So much of a text is looked through for where its addresses begin. */
const HEAD = 20_000;

/**
 * Where the heading of a table stands: right above its first row with an address, with as many cells as that, and no
 * address in it. What stands above it is the title of the whole. Null when there is none.
 */
export function headingRow(rows: readonly (readonly Cell[])[]): number | null {
  const isBlank = (row: readonly Cell[]) => row.every(({ content }) => content.trim() === '');
  const first = rows.findIndex(
    (row, i) => i > 0 && row.some(({ content }) => WHOLE.test(content)) && isHeaded(rows, i),
  );
  if (first < 0 || first > LOOKED_AT) return null;
  let above = first - 1;
  while (above > 0 && isBlank(rows[above] ?? [])) above -= 1;
  return above;
}

function isHeaded(rows: readonly (readonly Cell[])[], at: number): boolean {
  let above = at - 1;
  while (above > 0 && rows[above]?.every(({ content }) => content.trim() === '')) above -= 1;
  const [heading = [], row = []] = [rows[above], rows[at]];
  const named = heading.filter(({ content }) => content.trim() !== '').length;
  return named > 1 && heading.length === row.length && !heading.some(({ content }) => HTTP.test(content));
}

/**
 * The cells with addresses of a table that was pasted as a text, by their lines: of the one column whose cells are
 * addresses, below a heading or beside others that are none. Null for what is a list and no table.
 */
export function pastedColumn(text: string): ReadonlyMap<number, string> | null {
  if (!mayBeTable(text)) return null;
  const all = tableIn(text);
  const heading = headingRow(all);
  const rows = all
    .slice(heading === null ? 0 : heading + 1)
    .filter((row) => row.some(({ content }) => content.trim() !== ''));
  const [first = []] = rows;
  const column = first.findIndex(({ content }) => WHOLE.test(content));
  const others = first.filter(({ content }) => WHOLE.test(content)).length;
  // Several addresses in a line are meant, and a single line may be anything.
  if (column < 0 || others > 1 || (heading === null && (column === 0 || rows.length < 2))) return null;
  const isEven = rows.filter((row) => row.length === first.length).length * 10 >= rows.length * 9;
  if (
    !isEven ||
    rows.some((row) => HTTP.test(row.map(({ content }) => content).join()) && !WHOLE.test(row[column]?.content ?? ''))
  )
    return null;
  return new Map(rows.flatMap((row) => (row[column] === undefined ? [] : [[row[column].line, row[column].content]])));
}

/** Whether something stands before the addresses of a text, in their line or above, that may be cells. */
function mayBeTable(text: string): boolean {
  const head = text.slice(0, HEAD);
  return HTTP.test(head) && head.split(/[\r\n]+/).some((line) => /[,;\t|]/.test(line.split(HTTP, 1)[0] ?? ''));
}
