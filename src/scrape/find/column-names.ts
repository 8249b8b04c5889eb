import type { FoundColumn } from './found-column.js';
import { isPrice } from './kinds.js';
import type { Row } from './lists.js';
import { FIELD_WORDS, wordsOf, worth } from './names.js';
import { type Part, textIn } from './page-index.js';

/** What a column is called when nothing on the page says it. */
export interface ColumnWords {
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly image: string;
  readonly number: string;
  readonly price: string;
  readonly date: string;
}

export const ENGLISH_WORDS: ColumnWords = {
  title: 'title',
  text: 'text',
  link: 'link',
  image: 'image',
  number: 'number',
  price: 'price',
  date: 'date',
};

const JAPANESE_WORDS: ColumnWords = {
  title: 'タイトル',
  text: 'テキスト',
  link: 'リンク',
  image: '画像',
  number: '数値',
  price: '価格',
  date: '日付',
};

export function wordsIn(language: string): ColumnWords {
  return language === 'ja' ? JAPANESE_WORDS : ENGLISH_WORDS;
}

const LONGEST_NAME = 40;

const EMPTY_WORDS = new Set(
  'text txt wrap wrapper inner outer box item items info label value block content contents detail details field data entry cell col column row list li div span line container area part link a p main meta view views-field body card css js'.split(
    ' ',
  ),
);

/** A name for each column, no two the same, in the form that a line of columns takes. */
export function namesFor(columns: readonly FoundColumn[], rows: readonly Row[], words: ColumnWords): string[] {
  const headings = headingsOf(rows);
  const used = new Set(['page']);
  return columns.map((column) => {
    const wanted = tidy(nameOf(column, headings, words)) || words.text;
    const name = /^\d+$/.test(wanted) ? `${words.number} ${wanted}` : wanted;
    let unused = name;
    for (let i = 2; used.has(unused.toLowerCase()); i += 1) unused = `${name} ${i}`;
    used.add(unused.toLowerCase());
    return unused;
  });
}

function tidy(name: string): string {
  return name
    .replace(/[:：\r\n]+/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/[\s:：*▲▼△▽↑↓]+$/, '')
    .trim()
    .slice(0, LONGEST_NAME)
    .trim();
}

function nameOf(column: FoundColumn, headings: ReadonlyMap<number, string>, words: ColumnWords): string {
  const { field, attribute, kind } = column;
  const i = field.elements.findIndex((element) => element !== null);
  const part = field.elements[i];
  if (!part) return words.text;
  if (part.page.kind === 'xml')
    return attribute === 'text' ? part.tag.replace(/^\w+:/, '') : `${part.tag} ${attribute}`;
  const property = part.node.attribs['itemprop'];
  const isText = attribute.startsWith('text') || attribute === 'content' || attribute === 'datetime';
  if (isText && property !== undefined) return spaced(property);
  if (attribute === 'text-after') return textIn(part) || words.text;
  const heading = field.root === 0 ? headingFor(part, headings) : undefined;
  if (heading !== undefined && kind !== 'link' && kind !== 'image') return heading;
  if (field.label !== null && isText) return field.label;
  if (kind === 'image') return words.image;
  if (kind === 'link') return words.link;
  return classWord(part, isPrice(column.values)) ?? wordByTag(part, column, words);
}

function spaced(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
}

function wordByTag({ tag, parent }: Part, { kind, attribute, values }: FoundColumn, words: ColumnWords): string {
  if (attribute === 'alt' || attribute === 'title') return words.title;
  if (/^h[1-6]$/.test(tag) || /^h[1-6]$/.test(parent?.tag ?? '')) return words.title;
  if (kind === 'date' || tag === 'time') return words.date;
  if (kind === 'number') return isPrice(values) ? words.price : words.number;
  return tag === 'a' ? words.title : words.text;
}

/** From the classes of the element, else of what it stands in alone. `price_color` is the price, when it is one. */
function classWord(part: Part, isPriced: boolean): string | null {
  let at: Part | null = part;
  for (let depth = 0; at !== null && depth < 3; depth += 1) {
    const words = at.classes.filter((name) => worth(name) === 2).map(wordsOf);
    for (const each of words) {
      if (isPriced && each.includes('price')) return 'price';
      const known = each.findLast((word) => FIELD_WORDS.has(word));
      if (known !== undefined) return known;
    }
    if (depth === 0) {
      const last = words.at(-1)?.findLast((word) => word.length > 2 && !EMPTY_WORDS.has(word));
      if (last !== undefined && part.tag !== 'td') return last;
    }
    if (/^h[1-6]$/.test(at.tag)) return null;
    const { parent }: Part = at;
    if (!parent || parent.textLength !== part.textLength) return null;
    at = parent;
  }
  return null;
}

/** The texts of the row of headings above the rows, by the number of the cell from 1. */
function headingsOf(rows: readonly Row[]): Map<number, string> {
  const headings = new Map<number, string>();
  const head = rows[0]?.head;
  const heading = head ? headingRow(head) : null;
  let column = 1;
  for (const cell of heading?.children ?? []) {
    const text = textIn(cell);
    if (text !== '') headings.set(column, text);
    column += spanOf(cell);
  }
  return headings;
}

function spanOf({ node }: Part): number {
  const span = Number(node.attribs['colspan'] ?? 1);
  return Number.isInteger(span) && span > 0 && span < 100 ? span : 1;
}

/** Of a table: its last row of `th` before the rows. Of another list: what stands right before the rows and has as many cells. */
function headingRow(head: Part): Part | null {
  const { tag, parent } = head;
  if (!parent || head.children.length < 2) return null;
  const before = parent.children.slice(0, head.position).filter((part) => part.tag === tag);
  if (tag === 'tr') {
    const table = parent.tag === 'table' ? parent : parent.parent;
    const inHead = table?.children.filter((part) => part.tag === 'thead').flatMap(({ children }) => children) ?? [];
    const isHeading = (row: Part) =>
      row.children.length > 1 &&
      row.children.filter((cell) => cell.tag === 'th' || row.parent?.tag === 'thead').length > row.children.length / 2;
    const found = [...inHead, ...before].findLast(isHeading);
    if (found) return found;
  }
  const last = before.at(-1);
  if (!last || last.children.length !== head.children.length) return null;
  return last.children.every((cell) => textIn(cell).length < LONGEST_NAME && !/\d/.test(textIn(cell))) ? last : null;
}

/** Of the row's cell that an element is or stands in. */
function headingFor(part: Part, headings: ReadonlyMap<number, string>): string | undefined {
  if (headings.size === 0) return undefined;
  let cell: Part = part;
  while (cell.parent && !(cell.tag === 'td' || cell.tag === 'th' || cell.tag === 'li')) cell = cell.parent;
  let column = 1;
  for (const sibling of cell.parent?.children ?? []) {
    if (sibling === cell) return headings.get(column);
    column += spanOf(sibling);
  }
  return undefined;
}
