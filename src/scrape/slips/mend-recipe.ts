import { isStepError } from '../../index.js';
import { decode } from '../encoding/decode.js';
import { endingsStart } from '../read/column-endings.js';
import { DETAIL, parseColumns } from '../read/columns.js';
import { openDocument, type PageDocument } from '../read/document.js';
import type { Answer } from '../read/open-answer.js';
import { isUsable, type Place, type SlipCode, type Suggestion, suggestions } from './slips.js';

export type RecipeField = 'row' | 'columns' | 'detail' | 'next' | 'follow';

/** What was typed, field by field. */
export type TypedRecipe = Readonly<Record<RecipeField, string>>;

/** What one field, or a line of it, should probably be instead. */
export interface RecipeMend {
  readonly field: RecipeField;
  /** Of `columns`, from 1; null for the other fields. */
  readonly line: number | null;
  /** All of the field or line. */
  readonly value: string;
  /** The part of it that was mended. */
  readonly text: string;
  readonly code: SlipCode | typeof COLON;
  /** The numbers that it leaves out of what was typed. */
  readonly without: readonly string[];
  /** How often it is found on the page: rows, links, or rows that have it. Null: nobody has looked. */
  readonly count: number | null;
  /** Of a column: how many rows there are. */
  readonly of: number | null;
  /** The same as `count` for what was typed; null when that is no selector, or nobody has looked. */
  readonly before: number | null;
}

export interface MendOptions {
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Which fields to look at. */
  readonly fields: readonly RecipeField[];
  /** The page is one that a row leads to, where the columns are looked for that say so; else the others are. */
  readonly isDetail: boolean;
}

/** A column without its name. */
const COLON = 'colon';
const MOST_OF_FIELD = 3;
const MOST_LINES = 10;

/**
 * Offers what was probably meant in place of selectors that are none, and of those that find nothing on the page, or in
 * `row` a single element. `answer`: the page on which they are counted; null where it cannot be had.
 */
export function mendRecipe(answer: Answer | null, typed: TypedRecipe, options: MendOptions): readonly RecipeMend[] {
  const document = answer === null ? null : opened(answer, options.encoding);
  const has = (field: RecipeField) => options.fields.includes(field);
  const rows = has('row') ? mendField('row', typed.row, (text) => count(document, 'row', text)) : [];
  // Columns are looked for in the rows that were meant.
  const row = rows[0]?.value ?? typed.row.trim();
  return [
    ...rows,
    ...(has('columns') ? mendColumns(typed.columns, document, options.isDetail ? '' : row, options.isDetail) : []),
    ...(has('detail') ? mendField('detail', typed.detail, (text) => countDetails(document, row, text)) : []),
    ...(['next', 'follow'] as const).flatMap((field) =>
      has(field) ? mendField(field, typed[field], (text) => count(document, 'link', text)) : [],
    ),
  ];
}

function opened({ url, kind, bytes, charset, link }: Answer, override: string): PageDocument {
  const isXml = kind === 'xml' || kind === 'xhtml';
  const { text, encoding } = decode(bytes, { charset, override, isXml });
  return openDocument({ text, kind, url, encoding, link });
}

/** Null when there is no page, or what is looked for cannot be. */
type Count = (text: string) => number | null;

function mendField(field: 'row' | 'detail' | 'next' | 'follow', typed: string, found: Count): RecipeMend[] {
  const text = typed.trim();
  if (text === '') return [];
  const place = field === 'row' ? 'row' : 'link';
  return meant(text, place, found).map((mend) => ({ ...mend, field, line: null, value: mend.text, of: null }));
}

const COLUMN = new RegExp(`^([^:：]*[:：]\\s*)(${DETAIL.source.slice(1)})?(.*)$`, 'is');

function mendColumns(typed: string, document: PageDocument | null, row: string, isDetail: boolean): RecipeMend[] {
  const of = count(document, 'row', row);
  const mends: RecipeMend[] = [];
  for (const [index, content] of typed.split(/\r\n|\n|\r/).entries()) {
    if (content.trim() === '' || mends.length >= MOST_LINES) continue;
    const line = index + 1;
    const [, name = '', detail = '', rest = ''] = COLUMN.exec(content) ?? [];
    if (name === '') {
      const value = withName(content.trim());
      const unseen = { count: null, before: null, of: null };
      mends.push({ field: 'columns', line, value, text: value, code: COLON, without: [], ...unseen });
      continue;
    }
    // What becomes of the text stays as it is; what is the same in every row is looked for nowhere.
    const at = rest.startsWith('=') ? 0 : endingsStart(rest);
    const endings = at === rest.length ? '' : ` ${rest.slice(at)}`;
    // A column of another page cannot be counted on this one.
    const isHere = (detail !== '') === isDetail;
    const found: Count = (text) => (isHere ? count(document, 'column', text, row) : null);
    const own = meant(rest.slice(0, at).trim(), 'column', found);
    const asLine = (text: string) => `${name}${detail}${text}${endings}`;
    for (const mend of own)
      mends.push({ ...mend, field: 'columns', line, value: asLine(mend.text), of: isHere ? of : null });
  }
  return mends;
}

/** How many rows have such a link. */
function countDetails(document: PageDocument | null, row: string, detail: string): number | null {
  if (document === null) return null;
  try {
    return document.read({ row, columns: [], next: '', detail }).details.filter((link) => link !== null).length;
  } catch (error) {
    if (isStepError(error)) return null;
    throw error;
  }
}

/** `price = .price` and `.price` as a column. */
function withName(content: string): string {
  const [, name, selector] = /^([\p{L}\p{N}_ -]+?)\s*[=＝]\s*(.+)$/u.exec(content) ?? [];
  if (name !== undefined && selector !== undefined) return `${name}: ${selector}`;
  return `${/([\p{L}_][\p{L}\p{N}_-]*)[^\p{L}\p{N}]*$/u.exec(content.replace(/@[\w-]+$/, ''))?.[1] ?? 'text'}: ${content}`;
}

type Meant = Omit<RecipeMend, 'field' | 'line' | 'value' | 'of'>;

function meant(text: string, place: Place, found: Count): Meant[] {
  if (text === '') return [];
  const isWrong = !isUsable(text, place);
  const before = isWrong ? null : found(text);
  const isAlone = place === 'row' && before === 1;
  if (!isWrong && before !== 0 && !isAlone) return [];
  const offered = suggestions(text, place).filter(({ code }) => !isAlone || code === 'numbered');
  const counted = offered.map((each) => ({ ...each, count: found(each.text), before }));
  const better = counted.filter(({ count }) => count === null || count > (before ?? 0));
  return better.sort(byNumbers).slice(0, MOST_OF_FIELD);
}

/** Numbers are best left out where that finds most; all of them only when one is not enough. */
function byNumbers(a: Suggestion & { count: number | null }, b: Suggestion & { count: number | null }): number {
  if (a.code !== 'numbered' || b.code !== 'numbered') return 0;
  return Math.min(2, a.without.length) - Math.min(2, b.without.length) || (b.count ?? 0) - (a.count ?? 0);
}

function count(document: PageDocument | null, place: Place, text: string, row = ''): number | null {
  if (document === null) return null;
  try {
    if (place === 'link') return document.links(text).length;
    if (place === 'row') return document.read({ row: text, columns: [], next: '' }).rows.length;
    const { columns } = parseColumns(`x: ${text}`);
    return document.read({ row, columns, next: '' }).rows.filter((each) => each['x'] !== '').length;
  } catch (error) {
    if (isStepError(error)) return null;
    throw error;
  }
}
