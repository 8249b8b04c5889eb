import { attributeWith, comparable } from './by-example.js';
import { type ColumnWords, namesFor } from './column-names.js';
import { cellOf, cellSelectorOf, writtenCell } from './column-selector.js';
import { columnsOf, readRows } from './columns.js';
import { columnOfLink, detailColumn, detailLink } from './detail.js';
import type { FoundColumn } from './found-column.js';
import { type CellKind, kindOfTexts } from './kinds.js';
import { isInRow, type List, type Row } from './lists.js';
import { descendantsOf, type FoundPage, type PageIndex, type Part, textIn } from './page-index.js';
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
  /** Of the rows' elements and of the chosen cells': what was pointed at has them shown. None in JSON. */
  readonly parts: readonly Part[];
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
  /** The element. */
  readonly part: Part;
  /** What is wanted of it; null: what such elements usually have. */
  readonly text: string | null;
}

/** What somebody has chosen of a list. */
export interface Wanted {
  /** Each a cell of a column. */
  readonly examples: readonly Example[];
  /** A link to be opened in each row; null: the one that is found. */
  readonly follow: Part | null;
}

export const NOTHING_WANTED: Wanted = { examples: [], follow: null };

const SAMPLES = 3;
/** What servers call the directory above. */
const UP = /^(?:\[?(?:to )?parent directory\]?|\.\.\/?|up to higher level directory|親ディレクトリ)$/i;

/** Null when no selector finds its rows, or nothing in them differs, or what is wanted is not in them. */
export function proposalOf(context: ProposalContext, list: List, wanted = NOTHING_WANTED): Proposal | null {
  const { index, words, next } = context;
  const { examples, follow } = wanted;
  const found = rowSelectorOf(index, withoutWayUp(list, index.page));
  if (!found) return null;
  const tails = new Map(list.rows.map((row) => [row.head, row]));
  const rows: Row[] = found.found.map((head) => tails.get(head) ?? { head, tail: [] });
  const parts = examples.map(({ part }) => part);
  if (follow) parts.push(follow);
  const read = readRows(rows, parts);
  const plain = columnsOf(index, read, parts);
  const columns = withExamples(plain, read, examples);
  if (columns === null || columns.length === 0) return null;
  const link = follow ? columnOfLink(plain, read, follow) : detailColumn(columns);
  if (follow && link === null) return null;
  const row = written(found.selector);
  const names = namesFor(columns, rows, words);
  return {
    row,
    columns: columns.map((column, i) => proposed(index.page, column, names[i] ?? '')),
    follow: link === null ? '' : detailLink(index, row, link, read),
    next,
    rows: rows.length,
    parts: [...rows.map(({ head }) => head), ...cellsOf(index, read, columns)],
  };
}

function cellsOf(index: PageIndex, rows: readonly Row[], columns: readonly ExampleColumn[]): Part[] {
  const shown = columns.filter(({ isExample }) => isExample);
  return shown.flatMap(({ cell }) => rows.flatMap((row) => cellOf(index, row, cell) ?? []));
}

interface ExampleColumn extends FoundColumn {
  readonly isExample: boolean;
}

/**
 * The columns that the examples are cells of come first, and are chosen; of elements that were pointed at they alone are.
 * Null when one is in no column.
 */
function withExamples(
  columns: readonly FoundColumn[],
  rows: readonly Row[],
  examples: readonly Example[],
): ExampleColumn[] | null {
  const found = new Set<FoundColumn>();
  for (const example of examples) {
    const column = columnWith(columns, rows, example);
    if (!column) return null;
    found.add(column);
  }
  const isPointed = examples.some(({ text }) => text === null);
  const others = columns.filter((column) => !found.has(column));
  return [
    ...[...found].map((column) => ({ ...column, isChosen: true, isExample: true })),
    ...others.map((column) => ({ ...column, isChosen: column.isChosen && !isPointed, isExample: false })),
  ];
}

function columnWith(columns: readonly FoundColumn[], rows: readonly Row[], example: Example): FoundColumn | undefined {
  const { part } = example;
  const own = example.text === null ? columns.find(({ field }) => field.elements.includes(part)) : undefined;
  if (own) return own;
  const i = rows.findIndex((row) => isInRow(part, row));
  const wanted = comparable(example.text ?? textIn(part));
  if (wanted === '') return undefined;
  const exact = columns.find(({ values }) => comparable(values[i] ?? '') === wanted);
  // A part of a text is enough of what was typed, but not of what was pointed at.
  return (
    exact ??
    (example.text === null ? undefined : columns.find(({ values }) => comparable(values[i] ?? '').includes(wanted)))
  );
}

/** The page as a row, with the examples as its only columns. Null when no selector finds them. */
export function pageProposal({ index, words, next }: ProposalContext, examples: readonly Example[]): Proposal | null {
  const [head] = index.parts;
  if (!head) return null;
  const row: Row = { head, tail: [] };
  const columns: FoundColumn[] = [];
  for (const { part, text } of examples) {
    const field = { elements: [part], root: 0, label: null, isRow: false, isRepeated: false };
    const cell = cellSelectorOf(index, [row], field, new Map());
    const attribute = text === null ? usualAttribute(part) : attributeWith(part, text);
    if (!cell || attribute === null) return null;
    const values = [text ?? contentOf(part, attribute)];
    columns.push({ field, cell, attribute, kind: kindOfTexts(values), values, isChosen: true });
  }
  const names = namesFor(columns, [row], words);
  return {
    row: '',
    columns: columns.map((column, i) => proposed(index.page, { ...column, isExample: true }, names[i] ?? words.text)),
    follow: '',
    next,
    rows: 1,
    parts: examples.map(({ part }) => part),
  };
}

function usualAttribute({ tag, textLength, node }: Part): string | null {
  if (textLength > 0) return 'text';
  return tag === 'img' && node.attribs['src'] !== undefined ? 'src' : null;
}

function contentOf(part: Part, attribute: string): string {
  return attribute === 'text' ? textIn(part) : (part.node.attribs[attribute] ?? '');
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
