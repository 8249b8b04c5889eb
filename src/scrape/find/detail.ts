import { linkSelectorOf, writtenCell } from './column-selector.js';
import { type FoundColumn, sampledRows } from './found-column.js';
import { isInRow, type Row } from './lists.js';
import { ancestorsOf, type PageIndex, type Part } from './page-index.js';

const LONGEST_TEXT = 80;

/** Selector on the whole page of a column's links, which lead from each row to its own page. */
export function detailLink(index: PageIndex, row: string, column: FoundColumn, rows: readonly Row[]): string {
  const cell = writtenCell(linkSelectorOf(index, sampledRows(rows), column.field, column.cell));
  return cell === '' ? row : `${row} ${cell}`;
}

/** The column of those links. */
export function detailColumn(columns: readonly FoundColumn[]): FoundColumn | null {
  let best: FoundColumn | null = null;
  let most = 0;
  for (const column of columns) {
    const score = isLinkColumn(column) ? scoreOf(column) : 0;
    if (score > most) {
      best = column;
      most = score;
    }
  }
  return best;
}

/** The column that a link is a cell of, or one like it with the same address. */
export function columnOfLink(columns: readonly FoundColumn[], rows: readonly Row[], link: Part): FoundColumn | null {
  const links = columns.filter(({ attribute }) => attribute === 'href');
  const i = rows.findIndex((row) => isInRow(link, row));
  const href = (link.node.attribs['href'] ?? '').trim();
  return (
    links.find(({ field }) => field.elements.includes(link)) ?? links.find(({ values }) => values[i] === href) ?? null
  );
}

/** In XML addresses are texts, too. */
function isLinkColumn({ attribute, kind, field }: FoundColumn): boolean {
  const part = field.elements.find((element) => element !== null);
  return attribute === 'href' || (kind === 'link' && part?.page.kind === 'xml' && attribute === 'text');
}

/** Links that differ from row to row, with a text that is long or stands in a heading. */
function scoreOf({ values, field }: FoundColumn): number {
  const filled = values.filter((value) => value !== '');
  const distinct = new Set(filled).size;
  if (distinct < 2 || distinct < filled.length * 0.5) return 0;
  const parts = field.elements.filter((part) => part !== null);
  const text = parts.reduce((sum, part) => sum + Math.min(LONGEST_TEXT, weightOf(part)), 0) / Math.max(1, parts.length);
  return (
    (distinct / filled.length) *
    (filled.length / values.length) *
    (10 + text + (parts.some(isInHeading) ? LONGEST_TEXT : 0))
  );
}

function weightOf({ textLength, images }: Part): number {
  return textLength + (images > 0 ? 10 : 0);
}

function isInHeading(part: Part): boolean {
  if (/^h[1-6]$/.test(part.tag)) return true;
  for (const { tag } of ancestorsOf(part)) {
    if (/^h[1-6]$/.test(tag)) return true;
    if (tag === 'td' || tag === 'li' || tag === 'article') return false;
  }
  return false;
}
