import type { Row } from './lists.js';
import { isLayout, isStable, isState, saysField } from './names.js';
import { hashOf, type Part, siblingBefore, textIn } from './page-index.js';

/** An element that stands at the same place in the rows; null in those that lack it. */
export interface Field {
  readonly elements: readonly (Part | null)[];
  /** The row's element itself. */
  readonly isRow: boolean;
  /** Which of the row's siblings it stands in: 0 is the row itself, 1 the first element after it. */
  readonly root: number;
  /** Text that stands before it in nearly every row and says what it is: `Price:`. */
  readonly label: string | null;
  /** The same place has several in some rows: only the first is here. */
  readonly isRepeated: boolean;
}

const MOST_PARTS_OF_ROW = 250;
const MOST_FIELDS = 100;
const LONGEST_LABEL = 24;
/** Neither have a label nor are one. */
const NO_LABELS = new Set(['img', 'form', 'button', 'input']);
const SHOWN_WITHOUT_TEXT = new Set(['meta', 'link']);

/** A name for the place itself. */
const ITSELF = [''] as const;

interface Place {
  readonly part: Part;
  /** A hash of the tags from the row's element down to it. */
  readonly tags: number;
  readonly parent: Place | null;
  readonly root: number;
}

/** How often a class or a label comes at one place. */
interface Frequency {
  rows: number;
  /** Rows in which it comes once. */
  once: number;
  /** Whether it came once so far in the last row that it came in. */
  isOnce: boolean;
}

/** What stands at the same place in rows. Classes that mean something count for more than positions, which missing fields move. */
export function fieldsOf(rows: readonly Row[]): Field[] {
  const placesByRow = rows.map(placesIn);
  const classes = frequencies(placesByRow, ({ part }) => part.classes);
  const labels = frequencies(placesByRow, labelsAt);
  const tags = frequencies(placesByRow, () => ITSELF);
  const keyOf = keys({ classes, labels, tags }, rows.length);
  const fields = new Map<string, { elements: (Part | null)[]; root: number; label: string | null; first: number }>();
  const places = new Map<string, Set<string>>();
  for (const [i, row] of placesByRow.entries()) {
    const known = new Map<Place, string>();
    const used = new Map<string, number>();
    for (const [order, place] of row.entries()) {
      const above = aboveOf(place, known);
      const { key, label } = place.parent === null ? { key: '', label: null } : keyOf(place);
      const wanted = `${above}/${key}`;
      const times = used.get(wanted) ?? 0;
      used.set(wanted, times + 1);
      const whole = times === 0 ? wanted : `${wanted}#${times}`;
      known.set(place, whole);
      if (times > 0) places.set(wanted, (places.get(wanted) ?? new Set()).add(whole));
      let field = fields.get(whole);
      if (!field && fields.size < MOST_FIELDS) {
        field = { elements: rows.map(() => null), root: place.root, label, first: order };
        fields.set(whole, field);
      }
      if (field && field.elements[i] === null) field.elements[i] = place.part;
    }
  }
  const repeats = repeatedKeys(fields, places);
  return [...fields]
    .filter(
      ([key]) => ![...repeats].some(([, others]) => others.has(key.replace(/(#\d+).*$/, '$1')) && key.includes('#')),
    )
    .map(([key, { elements, root, label }]) => ({
      elements,
      root,
      label,
      isRow: key === '0/',
      isRepeated: repeats.has(key),
    }));
}

/** What a place's key begins with. A property is the same one wherever it stands in its thing. */
function aboveOf({ part, parent, root }: Place, known: ReadonlyMap<Place, string>): string {
  let up = parent;
  const isProperty = part.node.attribs['itemprop'] !== undefined;
  while (isProperty && up !== null && up.parent !== null && !isThing(up.part)) up = up.parent;
  return up === null ? String(root) : (known.get(up) ?? '');
}

function isThing({ node }: Part): boolean {
  return node.attribs['itemscope'] !== undefined || node.attribs['itemprop'] !== undefined;
}

/** Places that have more of the same kind in some rows than in others: tags, authors. Of those only the first is a field. */
function repeatedKeys(
  fields: ReadonlyMap<string, { readonly elements: readonly (Part | null)[] }>,
  places: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, ReadonlySet<string>> {
  const count = (key: string) => fields.get(key)?.elements.filter((element) => element !== null).length ?? 0;
  const repeats = new Map<string, ReadonlySet<string>>();
  for (const [key, others] of places) {
    const first = count(key);
    if ([...others].some((other) => count(other) < first * 0.9)) repeats.set(key, others);
  }
  return repeats;
}

function placesIn({ head, tail }: Row): Place[] {
  const places: Place[] = [];
  for (const [root, part] of [head, ...tail].entries()) {
    const waiting: Place[] = [{ part, tags: hashOf(part.tag) + root, parent: null, root }];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (places.length === MOST_PARTS_OF_ROW) return places;
      places.push(place);
      const { children } = place.part;
      for (let i = children.length - 1; i >= 0; i -= 1) {
        const child = children[i] as Part;
        if (!child.isShown && !isHiddenValue(child)) continue;
        waiting.push({ part: child, tags: (Math.imul(place.tags, 31) + hashOf(child.tag)) | 0, parent: place, root });
      }
    }
  }
  return places;
}

/** `<meta itemprop=startDate content=…>` is not shown, but says what a person would read. */
function isHiddenValue({ tag, node }: Part): boolean {
  return SHOWN_WITHOUT_TEXT.has(tag) && node.attribs['itemprop'] !== undefined;
}

type Frequencies = ReadonlyMap<number, ReadonlyMap<string, Frequency>>;

function frequencies(rows: readonly (readonly Place[])[], namesOf: (place: Place) => readonly string[]): Frequencies {
  const all = new Map<number, Map<string, Frequency & { lastRow: number }>>();
  for (const [i, row] of rows.entries()) {
    for (const place of row) {
      for (const name of namesOf(place)) {
        let here = all.get(place.tags);
        if (here === undefined) {
          here = new Map();
          all.set(place.tags, here);
        }
        const known = here.get(name);
        if (known === undefined) here.set(name, { rows: 1, once: 1, isOnce: true, lastRow: i });
        else if (known.lastRow !== i) {
          known.rows += 1;
          known.once += 1;
          known.isOnce = true;
          known.lastRow = i;
        } else if (known.isOnce) {
          known.once -= 1;
          known.isOnce = false;
        }
      }
    }
  }
  return all;
}

interface Statistics {
  readonly classes: Frequencies;
  readonly labels: Frequencies;
  /** Of the places themselves. */
  readonly tags: Frequencies;
}

function keys({ classes, labels, tags: places }: Statistics, count: number) {
  return (place: Place): { key: string; label: string | null } => {
    const { part, tags } = place;
    const { tag, nth, node } = part;
    const label =
      labelsAt(place).find((name) => (labels.get(tags)?.get(name)?.rows ?? 0) >= Math.max(2, count * 0.4)) ?? null;
    const property = node.attribs['itemprop'];
    if (property !== undefined) return { key: `${tag}[${property}]`, label };
    if (tag === 'td' || tag === 'th') return { key: `${tag}:${nth}`, label };
    if (label !== null) return { key: `${tag}"${label}"`, label };
    const { rows = 0, once = 0 } = places.get(tags)?.get('') ?? {};
    // Where no row has two, a class tells nothing apart, unless it says what the thing is.
    const isSingle = once >= rows * 0.95 && !part.classes.some(saysField);
    const name = isSingle ? null : distinguishing(part, classes.get(tags), count);
    return { key: name === null ? `${tag}:${nth}` : `${tag}.${name}`, label };
  };
}

/** The class that at most one element at this place has, and most rows have; null when there is none. */
function distinguishing(
  { classes }: Part,
  here: ReadonlyMap<string, Frequency> | undefined,
  count: number,
): string | null {
  let best: string | null = null;
  let most = Math.max(1, count * 0.08);
  for (const name of classes) {
    const { rows, once } = here?.get(name) ?? { rows: 0, once: 0 };
    if (!isStable(name) || isState(name) || once < rows * 0.9) continue;
    // `col2` and the like say where a thing stands, which is as good as a name here.
    const weight = isLayout(name) || /\d/.test(name) ? rows * 0.9 : rows;
    if (weight > most) {
      best = name;
      most = weight;
    }
  }
  return best;
}

/** The cells of a row of a table are values all of them, unless a colon says otherwise. */
function labelsAt({ part, parent }: Place): string[] {
  const isCell = (part.tag === 'td' || part.tag === 'th') && parent?.parent === null;
  const before = isCell ? siblingBefore(part) : null;
  return before?.tag === 'td' && !/[:：]\s*$/.test(textIn(before)) ? [] : labelsOf(part);
}

/** What may be the label of an element: the beginning of its text up to a colon, or the text of the element before it. */
export function labelsOf(part: Part): string[] {
  const labels: string[] = [];
  if (part.page.kind === 'xml') return labels;
  const own = /^([^:：\d]{1,24})[:：]/.exec(part.ownText)?.[1]?.trim();
  if (own && part.ownText.length > own.length + 1) labels.push(own);
  const before = siblingBefore(part);
  if (before === null || before.textLength === 0 || before.textLength > LONGEST_LABEL || !before.isShown) return labels;
  if (before.links > 0 || /^h\d$/.test(before.tag)) return labels;
  if (NO_LABELS.has(part.tag) || NO_LABELS.has(before.tag)) return labels;
  const whole = textIn(before);
  const text = whole.replace(/[:：\s]+$/, '');
  // "In stock" is a value.
  if (text === whole && before.tag !== 'dt' && before.classes.some(saysField)) return labels;
  if (text.length > 1 && !/\d/.test(text)) labels.push(text);
  return labels;
}
