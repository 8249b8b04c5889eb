import { type ColumnWords, ENGLISH_WORDS, namesFor } from './column-names.js';
import { writtenCell } from './column-selector.js';
import { columnsOf, type FoundColumn } from './columns.js';
import { detailLink } from './detail.js';
import type { CellKind } from './kinds.js';
import { type List, listsOn, type Row } from './lists.js';
import { type NextPage, nextPageOf } from './next.js';
import { descendantsOf, type FoundPage, indexPage, isInside, type PageIndex } from './page-index.js';
import { type RankedList, ranked } from './rank.js';
import { rowSelectorOf } from './row-selector.js';
import { written } from './simple-selector.js';

export interface ProposedColumn {
  readonly name: string;
  /** Both as `name: selector@attribute` has them; `attribute` is `text` for the shown text. */
  readonly selector: string;
  readonly attribute: string;
  readonly kind: CellKind;
  /** Of the first row and of the last; empty where there is none. */
  readonly first: string;
  readonly last: string;
  /** In so many rows there is nothing. */
  readonly emptyIn: number;
  /** Whether most people would want it. */
  readonly isChosen: boolean;
}

/** A list on the page, as a form that reads it. */
export interface Proposal {
  readonly row: string;
  readonly columns: readonly ProposedColumn[];
  /** Selector of the links from the rows to pages of their own; empty: none. */
  readonly follow: string;
  readonly rows: number;
  /** The chosen columns' cells. */
  readonly firstRows: readonly (readonly string[])[];
}

export interface FindOptions {
  readonly words?: ColumnWords;
  /** At most so many proposals. Default 4. */
  readonly most?: number;
}

/** What was found on a page. */
export interface Findings {
  /** Best first. */
  readonly proposals: readonly Proposal[];
  readonly next: NextPage | null;
}

const SHOWN_ROWS = 5;
/** A list that is so much worse than the best is none that anybody looks for. */
const LEAST_SHARE = 0.08;

export function findOnPage(page: FoundPage, { words = ENGLISH_WORDS, most = 4 }: FindOptions = {}): Findings {
  const index = indexPage(page);
  const next = nextPageOf(index, page.url, (href) => page.webAddress(href));
  return { proposals: proposalsIn(index, words, most), next };
}

function proposalsIn(index: PageIndex, words: ColumnWords, most: number): Proposal[] {
  const proposals: Proposal[] = [];
  const taken: RankedList[] = [];
  for (const list of ranked(index, listsOn(index))) {
    if (proposals.length === most || list.score < (taken[0]?.score ?? 0) * LEAST_SHARE) break;
    if (taken.some((better) => repeats(list, better))) continue;
    const proposal = proposalOf(index, list, words);
    if (!proposal) continue;
    taken.push(list);
    proposals.push(proposal);
  }
  return proposals;
}

/** The same rows, or parts of rows that were proposed already. */
function repeats({ rows }: List, better: List): boolean {
  const inside = rows.filter(({ head }) =>
    better.rows.some((row) => isInside(head, row.head) || row.tail.some((part) => isInside(head, part))),
  );
  return inside.length > rows.length / 2;
}

function proposalOf(index: PageIndex, list: List, words: ColumnWords): Proposal | null {
  const found = rowSelectorOf(index, withoutWayUp(list, index.page));
  if (!found) return null;
  const tails = new Map(list.rows.map((row) => [row.head, row]));
  const rows: Row[] = found.found.map((head) => tails.get(head) ?? { head, tail: [] });
  const columns = columnsOf(index, rows);
  if (columns.length === 0) return null;
  const row = written(found.selector);
  const names = namesFor(columns, rows, words);
  const shown = columns.filter(({ isChosen }) => isChosen);
  return {
    row,
    columns: columns.map((column, i) => proposed(index.page, column, names[i] ?? '')),
    follow: detailLink(index, row, columns, rows),
    rows: rows.length,
    firstRows: rows.slice(0, SHOWN_ROWS).map((_, i) => shown.map((column) => shownValues(index.page, column)[i] ?? '')),
  };
}

/** The first line of a directory's index leads to the directory above. */
function withoutWayUp(list: List, page: FoundPage): List {
  const [first, ...others] = list.rows;
  const isUp = first && others.length > 1 && leadsUp(first, page) && !others.some((row) => leadsUp(row, page));
  return isUp ? { ...list, rows: others } : list;
}

function leadsUp({ head }: Row, page: FoundPage): boolean {
  const link = [head, ...descendantsOf(head)].find(({ tag, node }) => tag === 'a' && node.attribs['href'] !== undefined);
  const target = link && page.webAddress(link.node.attribs['href'] ?? '');
  return target != null && target.endsWith('/') && page.url !== target && page.url.startsWith(target);
}

function proposed(page: FoundPage, column: FoundColumn, name: string): ProposedColumn {
  const { cell, attribute, kind, isChosen } = column;
  const values = shownValues(page, column);
  return {
    name,
    selector: writtenCell(cell),
    attribute,
    kind,
    first: values[0] ?? '',
    last: values.at(-1) ?? '',
    emptyIn: values.filter((value) => value === '').length,
    isChosen,
  };
}

/** Addresses as the scraper writes them. */
function shownValues(page: FoundPage, { kind, values }: FoundColumn): readonly string[] {
  if (kind !== 'link' && kind !== 'image') return values;
  return values.map((value) => (value === '' ? '' : (page.webAddress(value) ?? value)));
}
