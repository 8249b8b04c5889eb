import { alikeBehind } from '../read/sibling-list.js';
import type { Field } from './fields.js';
import type { Row } from './lists.js';
import { worth } from './names.js';
import { ancestorsOf, type PageIndex, type Part } from './page-index.js';
import { ownCompounds } from './row-selector.js';
import { type Compound, fits, type Selector, selectFirst, selectInside, within, written } from './simple-selector.js';

/** Where a column's cells are: in the row's element, or in the siblings that belong to it. */
export interface CellSelector {
  /** Empty: the element itself. */
  readonly selector: Selector;
  /** The sibling that is looked into: the next one, or the first like that. Null: the row's element. */
  readonly sibling: { readonly sign: '+' | '~'; readonly compound: Compound } | null;
}

const MOST_ANCESTORS = 5;
const MOST_TRIED = 50;
/** Tags that say what is in them. */
const TELLING_TAGS = new Set([
  'a',
  'img',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'time',
  'p',
  'b',
  'strong',
  'em',
  'small',
  'dt',
  'dd',
  'figcaption',
  'blockquote',
  'del',
  'ins',
  'cite',
  'address',
  'meta',
  'data',
]);
const GOOD_ENOUGH = 0.97;
const BARELY = 0.75;

export function writtenCell({ selector, sibling }: CellSelector): string {
  const inner = written(selector);
  if (sibling === null) return inner;
  const outer = written([{ combinator: sibling.sign, compound: sibling.compound }]);
  return inner === '' ? outer : `${outer} ${inner}`;
}

/** The element whose text or attribute is the cell of a row; null when it has none. */
export function cellOf(index: PageIndex, { head, tail }: Row, { selector, sibling }: CellSelector): Part | null {
  if (sibling === null) return firstIn(index, head, selector);
  const { sign, compound } = sibling;
  for (const root of sign === '+' ? tail.slice(0, 1) : tail) {
    const found = fits(root, compound) ? firstIn(index, root, selector) : null;
    if (found) return found;
  }
  return null;
}

function firstIn(index: PageIndex, root: Part, selector: Selector): Part | null {
  return selector.length === 0 ? root : selectFirst(index, selector, root);
}

/** The shortest selector that finds a field's element in every row that has it, and none in the others. Null for none. */
export function cellSelectorOf(
  index: PageIndex,
  rows: readonly Row[],
  field: Field,
  fieldOf: ReadonlyMap<Part, Field>,
): CellSelector | null {
  const targets = field.elements.filter((element) => element !== null);
  const [first] = targets;
  if (!first) return null;
  const sibling = siblingOf(rows, field);
  if (sibling === undefined) return null;
  const filled = rows.flatMap((row, i) => (field.elements[i] ? [{ row, target: field.elements[i] }] : []));
  const tests = [filled[0], filled[filled.length >> 1]];
  let best: CellSelector | null = null;
  let most = BARELY;
  let tried = 0;
  for (const selector of candidates(rows, field, targets)) {
    tried += 1;
    if (tried > MOST_TRIED) break;
    if (sibling !== null && countsFormedCells(selector, first)) continue;
    const cell = { selector, sibling };
    // Nearly all that are wrong are wrong at once.
    if (!tests.some((test) => test && cellOf(index, test.row, cell) === test.target)) continue;
    const quality = qualityOf(index, rows, field, cell, fieldOf);
    if (quality >= GOOD_ENOUGH) return cell;
    if (quality > most) {
      best = cell;
      most = quality;
    }
  }
  return best;
}

/** The cells of a row are counted as a reader sees them, those of its siblings as they are written. */
function countsFormedCells(selector: Selector, first: Part): boolean {
  const isCounted = selector.some(({ compound: { tag, nth } }) => nth !== undefined && (tag === 'td' || tag === 'th'));
  if (!isCounted) return false;
  for (const up of ancestorsOf(first)) if (up.tag === 'tr') return up.isFormed;
  return false;
}

/**
 * The shortest selector of a field's links that finds in a row no link that leads elsewhere: all that it finds are
 * followed. For want of one the column's own.
 */
export function linkSelectorOf(index: PageIndex, rows: readonly Row[], field: Field, cell: CellSelector): CellSelector {
  const targets = field.elements.filter((element) => element !== null);
  if (cell.sibling !== null) return cell;
  const href = ({ node }: Part) => node.attribs['href'];
  for (const selector of candidates(rows, field, targets)) {
    const isRight = rows.every(({ head }, i) => {
      const target = field.elements[i];
      const found = selector.length === 0 ? [head] : selectInside(index, selector, head);
      if (!target) return found.length === 0;
      return found.length > 0 && found.every((part) => href(part) === href(target));
    });
    if (isRight) return { ...cell, selector };
  }
  return cell;
}

/** Whether a column with this selector takes those behind the element, too: they are alike, and it asks for their class. */
export function meansList({ selector }: CellSelector, { node }: Part): boolean {
  const { classes, nth } = selector.at(-1)?.compound ?? {};
  return classes !== undefined && nth === undefined && alikeBehind(node).length > 0;
}

/** The share of rows in which it finds what it should; 0 as soon as that is too few. */
function qualityOf(
  index: PageIndex,
  rows: readonly Row[],
  field: Field,
  cell: CellSelector,
  fieldOf: ReadonlyMap<Part, Field>,
): number {
  const mostWrong = rows.length * (1 - BARELY);
  let wrong = 0;
  for (const [i, row] of rows.entries()) {
    const target = field.elements[i] ?? null;
    const found = cellOf(index, row, cell);
    const isRight = found === target && (found === null || field.isRepeated || !meansList(cell, found));
    if (isRight || (found && target === null && takesItsPlace(fieldOf.get(found), field))) continue;
    wrong += 1;
    if (wrong > mostWrong) return 0;
  }
  return 1 - wrong / rows.length;
}

/** Another field that no row has beside this one: the same thing, written otherwise in some rows. */
function takesItsPlace(other: Field | undefined, field: Field): boolean {
  if (!other || other.elements === field.elements) return false;
  const isSameTag = other.elements.find((element) => element)?.tag === field.elements.find((element) => element)?.tag;
  return isSameTag && !other.elements.some((element, i) => element !== null && field.elements[i] !== null);
}

/** Undefined: the sibling cannot be named. */
function siblingOf(rows: readonly Row[], { root, elements }: Field): CellSelector['sibling'] | undefined {
  if (root === 0) return null;
  const roots = rows.flatMap(({ tail }, i) => (elements[i] ? (tail[root - 1] ?? []) : []));
  const [compound] = ownCompounds(roots);
  if (!compound) return undefined;
  if (root === 1) return { sign: '+', compound };
  return { sign: '~', compound };
}

function* candidates(rows: readonly Row[], field: Field, targets: readonly Part[]): Generator<Selector> {
  const [first] = targets as [Part];
  const root = rootOf(rows, field);
  if (first === root) return yield [];
  const { tag } = first;
  const own = ownCompounds(targets).map(shortened);
  const telling = own.slice(0, -1);
  const bare: Compound = { tag };
  const around = surroundings(root, targets);
  if (tag === 'td' || tag === 'th') yield within({ tag, nth: first.nth });
  const property = first.node.attribs['itemprop'];
  if (property !== undefined)
    yield within(
      tag === 'meta'
        ? { tag, attribute: { name: 'itemprop', value: property } }
        : { attribute: { name: 'itemprop', value: property } },
    );
  for (const compound of telling) if (isNamed(compound)) yield within(compound);
  if (TELLING_TAGS.has(tag)) yield within(bare);
  if (field.label !== null) yield* byLabel(first, field.label);
  for (const outer of around) for (const inner of [...telling, bare]) yield within(outer, inner);
  for (const compound of telling) yield within(compound);
  for (const outer of around)
    yield [
      { combinator: ' ', compound: outer },
      { combinator: '>', compound: bare },
    ];
  yield within(bare);
  yield within({ tag, nth: first.nth });
  for (const outer of around) {
    for (const combinator of [' ', '>'] as const)
      yield [
        { combinator: ' ', compound: outer },
        { combinator, compound: { tag, nth: first.nth } },
      ];
  }
  for (const compound of telling) yield within({ ...compound, nth: first.nth });
  yield pathFrom(root, first);
}

/** The class alone says enough of a `div` or `span`. */
function shortened(compound: Compound): Compound {
  const { tag, classes } = compound;
  return (tag === 'div' || tag === 'span') && classes ? { classes } : compound;
}

function isNamed({ classes = [], attribute }: Compound): boolean {
  return attribute !== undefined || classes.some((name) => worth(name) === 2);
}

function rootOf(rows: readonly Row[], { root, elements }: Field): Part {
  const row = rows[elements.findIndex((element) => element !== null)] as Row;
  return root === 0 ? row.head : (row.tail[root - 1] ?? row.head);
}

/** What the elements stand in, below the row's element: named where that is possible, else by position. */
function surroundings(root: Part, targets: readonly Part[]): Compound[] {
  const named: Compound[] = [];
  const placed: Compound[] = [];
  let ups: (Part | null)[] = [...targets];
  for (let depth = 0; depth < MOST_ANCESTORS; depth += 1) {
    ups = ups.map((part) => part?.parent ?? null);
    const [up] = ups;
    if (!up || up === root || up.index < root.index) break;
    const present = ups.filter((part) => part !== null && part.tag === up.tag) as Part[];
    const property = up.node.attribs['itemprop'];
    if (property !== undefined) named.push({ attribute: { name: 'itemprop', value: property } });
    if (up.tag === 'td' || up.tag === 'th') placed.push({ tag: up.tag, nth: up.nth });
    else {
      named.push(...ownCompounds(present).slice(0, -1).slice(0, 2).map(shortened));
      if (TELLING_TAGS.has(up.tag) || up.tag === 'li') placed.push({ tag: up.tag });
      placed.push({ tag: up.tag, nth: up.nth });
    }
  }
  return [...named, ...placed];
}

function* byLabel(part: Part, label: string): Generator<Selector> {
  const before = part.parent?.children[part.position - 1];
  if (part.ownText.startsWith(label)) yield within({ tag: part.tag, contains: label });
  else if (before)
    yield [
      { combinator: ' ', compound: { tag: before.tag, contains: label } },
      { combinator: '+', compound: { tag: part.tag } },
    ];
}

/** From the row's element down, child by child. */
function pathFrom(root: Part, part: Part): Selector {
  const steps: Selector[number][] = [];
  for (let up: Part | null = part; up !== null && up !== root; up = up.parent) {
    const { tag, nth, parent } = up;
    const isOnly = parent?.children.filter((child) => child.tag === tag).length === 1;
    steps.unshift({ combinator: '>', compound: isOnly ? { tag } : { tag, nth } });
  }
  return steps;
}
