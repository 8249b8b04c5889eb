import { attributeWith, comparable } from './by-example.js';
import { type ColumnWords, namesFor } from './column-names.js';
import { cellSelectorOf, writtenCell } from './column-selector.js';
import { columnsOf, readRows } from './columns.js';
import { detailLink } from './detail.js';
import type { FoundColumn } from './found-column.js';
import { type CellKind, kindOfTexts } from './kinds.js';
import type { List, Row } from './lists.js';
import { descendantsOf, type FoundPage, isInside, type PageIndex, type Part, textIn } from './page-index.js';
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
  /** Of the first rows. */
  readonly samples: readonly string[];
  /** In so many of the rows that were read there is nothing. */
  readonly emptyIn: number;
  /** Whether most people would want it. */
  readonly isChosen: boolean;
  /** Whether it has the text that was given as an example. */
  readonly isExample: boolean;
}

/** A list on the page, as a form that reads it. Selectors, or the paths that take their place in JSON. */
export interface Proposal {
  /** Empty: the page itself is one row. */
  readonly row: string;
  readonly columns: readonly ProposedColumn[];
  /** Selector of the links from the rows to pages of their own; empty: none. */
  readonly follow: string;
  /** Selector of the link to the next page; empty: there is none with an address. */
  readonly next: string;
  readonly rows: number;
}

/** What is the same for all proposals of a page. */
export interface ProposalContext {
  readonly index: PageIndex;
  readonly words: ColumnWords;
  /** Selector of the link to the next page, or empty. */
  readonly next: string;
}

/** What was given as an example. */
export interface Example {
  readonly text: string;
  /** The element that has it. */
  readonly part: Part;
}

const SAMPLES = 3;
/** What servers call the directory above. */
const UP = /^(?:\[?(?:to )?parent directory\]?|\.\.\/?|up to higher level directory|親ディレクトリ)$/i;

/** Null when no selector finds its rows, or nothing in them differs. */
export function proposalOf(context: ProposalContext, list: List, example: Example | null = null): Proposal | null {
  const { index, words, next } = context;
  const found = rowSelectorOf(index, withoutWayUp(list, index.page));
  if (!found) return null;
  const tails = new Map(list.rows.map((row) => [row.head, row]));
  const rows: Row[] = found.found.map((head) => tails.get(head) ?? { head, tail: [] });
  const read = readRows(rows, example?.part ?? null);
  const columns = withExample(columnsOf(index, read, example?.part ?? null), read, example);
  if (columns.length === 0) return null;
  const row = written(found.selector);
  const names = namesFor(columns, rows, words);
  return {
    row,
    columns: columns.map((column, i) => proposed(index.page, column, names[i] ?? '')),
    follow: detailLink(index, row, columns, read),
    next,
    rows: rows.length,
  };
}

interface ExampleColumn extends FoundColumn {
  readonly isExample: boolean;
}

/** The column that the example is a cell of comes first, and is chosen. */
function withExample(columns: readonly FoundColumn[], rows: readonly Row[], example: Example | null): ExampleColumn[] {
  const plain = columns.map((column) => ({ ...column, isExample: false }));
  if (example === null) return plain;
  const i = rows.findIndex(({ head, tail }) => [head, ...tail].some((part) => isInside(example.part, part)));
  const wanted = comparable(example.text);
  const exact = plain.find(({ values }) => comparable(values[i] ?? '') === wanted);
  const found = exact ?? plain.find(({ values }) => comparable(values[i] ?? '').includes(wanted));
  if (!found) return plain;
  return [{ ...found, isChosen: true, isExample: true }, ...plain.filter((column) => column !== found)];
}

/** The page as a row, with the example as its only column. Null when no selector finds it. */
export function pageProposal({ index, words, next }: ProposalContext, { part, text }: Example): Proposal | null {
  const [head] = index.parts;
  if (!head) return null;
  const row: Row = { head, tail: [] };
  const field = { elements: [part], root: 0, label: null, isRow: false, isRepeated: false };
  const cell = cellSelectorOf(index, [row], field, new Map());
  const attribute = cell && attributeWith(part, text);
  if (!cell || attribute === null) return null;
  const column: FoundColumn = { field, cell, attribute, kind: kindOfTexts([text]), values: [text], isChosen: true };
  const [name = words.text] = namesFor([column], [row], words);
  return {
    row: '',
    columns: [proposed(index.page, { ...column, isExample: true }, name)],
    follow: '',
    next,
    rows: 1,
  };
}

/** The first line of a directory's index leads to the directory above. */
function withoutWayUp(list: List, page: FoundPage): List {
  const [first, ...others] = list.rows;
  const isUp = first && others.length > 1 && leadsUp(first, page) && !others.some((row) => leadsUp(row, page));
  return isUp ? { ...list, rows: others } : list;
}

function leadsUp({ head }: Row, page: FoundPage): boolean {
  const link = [head, ...descendantsOf(head)].find(
    ({ tag, node }) => tag === 'a' && node.attribs['href'] !== undefined,
  );
  if (link && UP.test(textIn(link))) return true;
  const target = page.webAddress(link?.node.attribs['href'] ?? '') ?? '';
  return target.endsWith('/') && page.url !== target && page.url.startsWith(target);
}

function proposed(page: FoundPage, column: ExampleColumn, name: string): ProposedColumn {
  const { cell, attribute, kind, isChosen, isExample } = column;
  const values = shownValues(page, column);
  return {
    name,
    selector: writtenCell(cell),
    attribute,
    kind,
    first: values[0] ?? '',
    last: values.at(-1) ?? '',
    samples: values.slice(0, SAMPLES),
    emptyIn: values.filter((value) => value === '').length,
    isChosen,
    isExample,
  };
}

/** Addresses as the scraper writes them. */
function shownValues(page: FoundPage, { kind, values }: FoundColumn): readonly string[] {
  if (kind !== 'link' && kind !== 'image') return values;
  return values.map((value) => (value === '' ? '' : (page.webAddress(value) ?? value)));
}
