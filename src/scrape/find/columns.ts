import { alikeBehind } from '../read/sibling-list.js';
import { hasTextAfter, isProse, textAfter, textsOf } from './cell-texts.js';
import { type CellSelector, cellOf, cellSelectorOf, meansList } from './column-selector.js';
import { detailColumn } from './detail.js';
import { type Field, fieldsOf } from './fields.js';
import { type FoundColumn, sampledRows } from './found-column.js';
import { type CellKind, kindOfTexts } from './kinds.js';
import { isInRow, type Row } from './lists.js';
import { saysField } from './names.js';
import { collapsed, descendantsOf, isInside, type PageIndex, type Part, textIn } from './page-index.js';

/** So many rows are read for what is shown of them. */
const MOST_READ = 100;
const MOST_COLUMNS = 30;
/** A place that fewer rows have is part of their texts. */
const LEAST_SHARE = 0.1;
/** Columns with less in them are offered without a tick. */
const MOSTLY_EMPTY = 0.2;
const MOST_CHOSEN = 20;
/** As columns write several texts. */
const BETWEEN = ', ';
const MOST_ATTRIBUTES = 8;
const LONGEST_VALUE = 20_000;

const IMAGE_SOURCES = ['src', 'data-src', 'data-original', 'data-lazy-src', 'data-lazy', 'data-srcset', 'srcset'];
const PLACEHOLDER =
  /^data:|(?:^|[/_-])(?:blank|spacer|placeholder|loading|dummy|pixel|transparent|grey|1x1|s)\.(?:gif|png|svg)/i;
const PRESSED = new Set(['a', 'button', 'input']);

interface Candidate {
  readonly field: Field;
  readonly attribute: string;
  /** Worth a tick unless it says the same as another. */
  readonly isPlain: boolean;
}

/** The columns of a list in the order of the page, those with the same values once. `wanted`: elements that must be in one. */
export function columnsOf(index: PageIndex, rows: readonly Row[], wanted: readonly Part[] = []): FoundColumn[] {
  const sample = withRowsOf(wanted, sampledRows(rows), rows);
  const isWanted = ({ elements }: Field) => wanted.some((part) => elements.includes(part));
  const found = fieldsOf(sample);
  const fields = wanted.length === 0 ? found : found.toSorted((a, b) => Number(isWanted(b)) - Number(isWanted(a)));
  const fieldOf = new Map<Part, Field>();
  for (const field of fields) for (const part of field.elements) if (part) fieldOf.set(part, field);
  const columns: FoundColumn[] = [];
  const labels = new Set(fields.map(({ label }) => label));
  const known = new Map<string, FoundColumn>();
  const prose = fields.filter(isProse);
  for (const field of fields) {
    if (!isWanted(field) && prose.some((whole) => isPartOf(field, whole))) continue;
    const candidates = isWanted(field) ? wantedCandidates(field) : candidatesOf(field, sample.length);
    if (candidates.length === 0) continue;
    const cell = cellSelectorOf(index, sample, field, fieldOf);
    if (!cell) continue;
    const cells = rows.map((row) => cellOf(index, row, cell));
    for (const { attribute, isPlain } of candidates) {
      const values = cells.map((part) => (attribute === 'text' ? listText(part, cell) : cellText(part, attribute)));
      const column = { field, cell, attribute, values };
      if (!isWanted(field) && (!isWorthIt(column, rows.length) || isLabel(values, labels))) continue;
      const named = { ...column, kind: kindBy(attribute, values), isChosen: isPlain };
      const key = `${named.kind === 'link'}:${values.join('\u0000')}`;
      const same = known.get(key);
      if (same && !isBetter(named, same)) continue;
      if (same) columns.splice(columns.indexOf(same), 1);
      known.set(key, named);
      columns.push(named);
      if (columns.length >= MOST_COLUMNS) return chosen(columns, rows.length);
    }
  }
  return chosen(columns, rows.length);
}

/** Of very many rows the first and the last, and those with elements that must be among them. */
export function readRows(rows: readonly Row[], wanted: readonly Part[]): readonly Row[] {
  if (rows.length <= MOST_READ) return rows;
  return withRowsOf(wanted, [...rows.slice(0, MOST_READ / 2), ...rows.slice(-MOST_READ / 2)], rows);
}

/** With the rows that elements are in, so that these belong to fields. */
function withRowsOf(parts: readonly Part[], sample: readonly Row[], rows: readonly Row[]): readonly Row[] {
  const more = new Set(parts.flatMap((part) => rows.find((row) => isInRow(part, row)) ?? []));
  for (const row of sample) more.delete(row);
  return more.size === 0 ? sample : [...sample, ...more].toSorted((a, b) => a.head.index - b.head.index);
}

/** Of two columns with the same values: what is shown rather than an attribute, a heading rather than a picture's link. */
function isBetter(column: FoundColumn, other: FoundColumn): boolean {
  const rank = ({ attribute, field }: FoundColumn) => {
    const part = field.elements.find((element) => element !== null);
    const saysWhat = part && [part.node.attribs['itemprop'] ?? '', ...part.classes].some(saysField);
    return (attribute.startsWith('text') ? 4 : 0) + ((part?.textLength ?? 0) > 0 ? 2 : 0) + (saysWhat ? 1 : 0);
  };
  return rank(column) > rank(other);
}

/** In nearly all rows it is the label of another column. */
function isLabel(values: readonly string[], labels: ReadonlySet<string | null>): boolean {
  const [first] = values.filter((value) => value !== '');
  const label = first?.replace(/[:：\s]+$/, '') ?? null;
  return labels.has(label) && values.filter((value) => value === first).length >= values.length * 0.7;
}

/** Somebody wants it: it may be in few rows, and be more than one text. */
function wantedCandidates(field: Field): Candidate[] {
  const candidates = candidatesOf(field, 1);
  const hasText = field.elements.some((part) => (part?.textLength ?? 0) > 0);
  return candidates.length > 0 || !hasText ? candidates : [{ field, attribute: 'text', isPlain: true }];
}

function candidatesOf(field: Field, count: number): Candidate[] {
  const parts = field.elements.filter((part) => part !== null);
  if (parts.length < Math.max(1, count * LEAST_SHARE)) return [];
  const has = (test: (part: Part) => boolean) => parts.filter(test).length >= parts.length / 2;
  const [first] = parts;
  if (!first) return [];
  const candidates: Candidate[] = [];
  const add = (attribute: string, isPlain = true) => candidates.push({ field, attribute, isPlain });
  const { tag } = first;
  if (first.page.kind === 'xml') return xmlCandidates(field, parts);
  if (tag === 'img') {
    const source = IMAGE_SOURCES.find((name) => has(({ node }) => isRealSource(node.attribs[name])));
    if (source !== undefined) add(source);
    if (has(({ node }) => (node.attribs['alt'] ?? '').trim() !== '')) add('alt');
    return candidates;
  }
  if (tag === 'meta' || tag === 'link') {
    add(tag === 'meta' ? 'content' : 'href');
    return candidates;
  }
  const texts = isProse(field) ? ({ attribute: 'text', isPlain: true } as const) : textsOf(parts);
  if (texts !== null) add(texts.attribute, texts.isPlain);
  if (tag === 'a' && has(({ node }) => isAddress(node.attribs['href']))) add('href');
  if (has(({ node }) => (node.attribs['datetime'] ?? '') !== '')) add('datetime');
  if (has(({ node }) => node.attribs['itemprop'] !== undefined && (node.attribs['content'] ?? '') !== ''))
    add('content');
  if (has(({ node }) => (node.attribs['title'] ?? '').trim() !== ''))
    add('title', parts.every(({ textLength }) => textLength === 0) || tag === 'a');
  if (
    has(({ node }) => (node.attribs['aria-label'] ?? '').trim() !== '') &&
    parts.every(({ ownText }) => ownText === '')
  )
    add('aria-label', false);
  // Behind a label, in the lines of a text, or behind a link that is the row.
  const isMark = tag === 'br' || field.isRow || new Set(parts.map(({ ownText }) => ownText)).size <= parts.length * 0.3;
  if (isMark && has(hasTextAfter)) add('text-after');
  return candidates;
}

/** Of XML: the text of an element that has no other in it, and all attributes. */
function xmlCandidates(field: Field, parts: readonly Part[]): Candidate[] {
  const names = new Set(parts.flatMap(({ node }) => Object.keys(node.attribs)));
  const attributes = [...names].filter((name) => !name.startsWith('xml')).slice(0, MOST_ATTRIBUTES);
  const candidates = attributes.map((attribute) => ({ field, attribute, isPlain: true }));
  const hasText = parts.some(({ ownText }) => ownText !== '') && parts.every(({ children }) => children.length === 0);
  return hasText ? [{ field, attribute: 'text', isPlain: true }, ...candidates] : candidates;
}

function isAddress(href: string | undefined): boolean {
  return href !== undefined && href !== '' && !href.startsWith('#') && !/^javascript:/i.test(href);
}

function isRealSource(src: string | undefined): boolean {
  return src !== undefined && src !== '' && !PLACEHOLDER.test(src);
}

function isPartOf(field: Field, whole: Field): boolean {
  if (field === whole || field.elements.some((part) => part?.tag === 'img')) return false;
  return field.elements.every((part, i) => {
    const outer = whole.elements[i];
    return part === null || (outer !== null && outer !== undefined && part !== outer && isInside(part, outer));
  });
}

/** Of an element and of those alike behind it, where a column takes these, too. */
function listText(part: Part | null, cell: CellSelector): string {
  if (part === null || !meansList(cell, part)) return cellText(part, 'text');
  const nodes = [part.node, ...alikeBehind(part.node)];
  const texts = nodes.map((node) => part.page.textOf(node)).filter((text) => text !== '');
  return texts.join(BETWEEN);
}

function cellText(part: Part | null, attribute: string): string {
  if (part === null) return '';
  if (attribute === 'text') return textIn(part);
  if (attribute === 'text-own') return part.ownText;
  if (attribute === 'text-after') return textAfter(part);
  return (part.node.attribs[attribute] ?? '').trim();
}

function kindBy(attribute: string, values: readonly string[]): CellKind {
  if (IMAGE_SOURCES.includes(attribute)) return 'image';
  const isAddress = values.every((value) => value === '' || /^https?:\/\/\S+$/.test(value));
  return attribute === 'href' || isAddress ? 'link' : kindOfTexts(values);
}

/** Not what every row says alike, unless a label, its element or a class says what it is: "in stock", today's date. */
function isWorthIt(
  { field, values, attribute }: Pick<FoundColumn, 'field' | 'values' | 'attribute'>,
  count: number,
): boolean {
  const filled = values.filter((value) => value !== '');
  if (filled.length === 0 || filled.some((value) => value.length > LONGEST_VALUE)) return false;
  if (new Set(filled).size > 1 || count < 3 || field.label !== null) return true;
  const parts = field.elements.filter((element) => element !== null);
  const [part] = parts;
  if (!part || !attribute.startsWith('text')) return false;
  return part.tag === 'td' || part.node.attribs['itemprop'] !== undefined || (isNamedField(part) && !isAction(parts));
}

function isNamedField(part: Part): boolean {
  const { classes, parent, textLength } = part;
  if (part.tag === 'time' || classes.some(saysField)) return true;
  return parent !== null && parent.textLength === textLength && parent.classes.some(saysField);
}

/** What is to be pressed says the same everywhere and leads elsewhere. */
function isAction(parts: readonly Part[]): boolean {
  const links = parts.flatMap((part) => [part, ...descendantsOf(part)].find(({ tag }) => PRESSED.has(tag)) ?? []);
  return links.length > 0 && new Set(links.map(({ node }) => node.attribs['href'])).size !== 1;
}

/**
 * Without a tick for what other columns say already: the whole of which they are parts, a title that repeats a text,
 * where a text leads unless it is to the row's own page.
 */
function chosen(columns: readonly FoundColumn[], count: number): FoundColumn[] {
  const detail = detailColumn(columns);
  let ticks = 0;
  return columns.map((column) => {
    const isOtherLink =
      column.attribute === 'href' &&
      column !== detail &&
      columns.some((other) => other.field === column.field && other.attribute === 'text');
    const filled = column.values.filter((value) => value !== '').length;
    const isChosen =
      column.isChosen &&
      filled >= count * MOSTLY_EMPTY &&
      !isOtherLink &&
      !isMadeOf(column, columns) &&
      ticks < MOST_CHOSEN;
    if (isChosen) ticks += 1;
    return { ...column, isChosen };
  });
}

/** Nothing is left of the cells but marks and what is the same in all rows, once the other columns' texts are taken out. */
function isMadeOf(column: FoundColumn, columns: readonly FoundColumn[]): boolean {
  if (!column.attribute.startsWith('text')) return false;
  const others = columns.filter(
    (other) => other !== column && other.attribute.startsWith('text') && isWithin(other, column),
  );
  if (others.length === 0) return false;
  const rests = column.values.map((value, i) => {
    const texts = others.map(({ values }) => values[i] ?? '').filter((text) => text !== '');
    return collapsed(
      texts
        .toSorted((a, b) => b.length - a.length)
        .reduce((rest, text) => rest.replace(text, ' '), value)
        .replace(/[^\p{L}\p{N}]+/gu, ' '),
    );
  });
  return new Set(rests).size <= Math.max(1, column.values.length * 0.07);
}

function isWithin(inner: FoundColumn, outer: FoundColumn): boolean {
  const i = outer.field.elements.findIndex((part, at) => part !== null && inner.field.elements[at] !== null);
  const [a, b] = [inner.field.elements[i], outer.field.elements[i]];
  return a !== null && b !== null && a !== undefined && b !== undefined && a.index > b.index && a.index < b.end;
}
