import type { List } from './lists.js';
import { isStable, isState, worth } from './names.js';
import { ancestorsOf, descendantsOf, type PageIndex, type Part, textIn } from './page-index.js';
import { sampleOf } from './sample.js';
import { type Compound, candidatesFor, fits, type Selector, selectAll, within } from './simple-selector.js';

const MOST_ANCESTORS = 8;
const MOST_OWN = 12;
const MOST_TRIED = 200;
/** Elements looked at for one list: pages with very many are not worth more. */
const MOST_WORK = 400_000;
const MOST_NARROWINGS = 6;
const MOST_NARROWED = 2_000;
/** So many rows say what the others are like. */
const COMPARED_ROWS = 60;
const MOST_CONDITIONS = 2;
/** What comes after this is worse than a condition on what came before. */
const NOTHING_BETTER = 'nothing better';
/** Of a row that is told apart by what it says. */
const LONGEST_TEXT = 40;
/** Attributes that say what an element is. Of others the values differ, or nobody knows what they mean. */
const TELLING_ATTRIBUTES = [
  'itemtype',
  'itemprop',
  'role',
  'data-testid',
  'data-component-type',
  'data-role',
  'data-type',
  'typeof',
];

export interface RowSelector {
  readonly selector: Selector;
  /** What it finds, in the order of the page. */
  readonly found: readonly Part[];
}

/**
 * The shortest selector that finds the heads of a list's rows and nothing else on the page; for want of one, that which
 * comes closest. Null when none is any good.
 */
export function rowSelectorOf(index: PageIndex, { rows, parents }: List): RowSelector | null {
  const heads = new Set(rows.map(({ head }) => head));
  const [first] = heads;
  if (!first) return null;
  const own = rowCompounds([...heads]);
  let best: (RowSelector & { readonly quality: number }) | null = null;
  let tried = 0;
  let work = 0;
  const narrowed = new Set<string>();
  // All rows and others beside: perhaps those can be told apart.
  let wide: RowSelector[] = [];
  let isLast = false;
  for (const selector of candidates(own, first, parents)) {
    if (selector === NOTHING_BETTER) isLast = true;
    else {
      tried += 1;
      work += candidatesFor(index, selector).length;
      if (tried > MOST_TRIED || work > MOST_WORK) break;
      const found = selectAll(index, selector);
      const common = found.filter((part) => heads.has(part)).length;
      const quality = common / (found.length + heads.size - common);
      if (quality === 1) return { selector, found };
      const sight = `${found.length} ${found[0]?.index} ${found.at(-1)?.index}`;
      const isWide = common === heads.size && found.length < heads.size * 3 && !narrowed.has(sight);
      if (isWide && narrowed.size < MOST_NARROWINGS) {
        narrowed.add(sight);
        wide.push({ selector, found });
      }
      if (best === null || quality > best.quality) best = { selector, found, quality };
    }
    if (!isLast) continue;
    for (const each of wide) {
      const narrower = narrowing(index, each.selector, each.found, heads);
      if (narrower) return narrower;
    }
    wide = [];
  }
  return best !== null && best.quality >= 0.8 ? best : null;
}

/** `result_odd` and `result_even` have no class in common, but its beginning. */
function rowCompounds(heads: readonly Part[]): readonly Compound[] {
  const own = ownCompounds(heads);
  const [first] = heads;
  const beginning = own.length === 1 ? commonBeginning(heads) : null;
  if (!first || beginning === null) return own;
  return [{ tag: first.tag, attribute: { name: 'class', value: beginning, isPrefix: true } }, ...own];
}

/** What says in a word what each of the elements is; best first, the bare tag last. */
export function ownCompounds(parts: readonly Part[]): Compound[] {
  const [first] = parts;
  if (!first) return [];
  const { tag } = first;
  const shared = first.classes.filter(
    (name) => worth(name) > 0 && parts.every(({ classes }) => classes.includes(name)),
  );
  const byWorth = shared.toSorted((a, b) => worth(b) - worth(a));
  const compounds: Compound[] = byWorth.map((name) => ({ tag, classes: [name] }));
  for (const name of TELLING_ATTRIBUTES) {
    const value = first.node.attribs[name];
    if (value === undefined || value === '' || value.length > 60) continue;
    if (parts.every(({ node }) => node.attribs[name] === value)) compounds.push({ tag, attribute: { name, value } });
  }
  for (const [i, a] of byWorth.entries())
    for (const b of byWorth.slice(i + 1)) compounds.push({ tag, classes: [a, b] });
  return [...compounds.slice(0, MOST_OWN), { tag }];
}

/** What their classes begin with; null when that is next to nothing. */
function commonBeginning(parts: readonly Part[]): string | null {
  const [first = '', ...others] = parts.map(({ node }) => node.attribs['class'] ?? '');
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const beginning = first.slice(0, length);
  return length >= 4 && isStable(beginning.replace(/[-_]+$/, '')) ? beginning : null;
}

/** From the shortest on: the row alone, in what it stands in, in what that stands in, and so on. */
function* candidates(
  own: readonly Compound[],
  first: Part,
  parents: readonly Part[],
): Generator<Selector | typeof NOTHING_BETTER> {
  const bare = own.at(-1) as Compound;
  const telling = own.slice(0, -1);
  for (const compound of telling) if (isTelling(compound)) yield within(compound);
  const around = surroundings(first, parents);
  for (const compound of [...telling, bare]) {
    for (const { compounds, isParent } of around)
      for (const outer of compounds)
        yield [
          { combinator: ' ', compound: outer },
          { combinator: isParent ? '>' : ' ', compound },
        ];
  }
  yield NOTHING_BETTER;
  for (const compound of [...telling, bare]) yield within(compound);
  // An outer name and a nearer tag: `#results table > tr`.
  for (const { compounds, isParent, part } of around) {
    for (const { compounds: outers } of around.filter((each) => each.part.index < part.index)) {
      const [outer] = outers;
      const inner = compounds.at(-1);
      if (!outer || !inner) continue;
      for (const nearer of inner === compounds[0] || part.nth === 0
        ? [inner]
        : [inner, { tag: part.tag, nth: part.nth }])
        yield [
          { combinator: ' ', compound: outer },
          { combinator: ' ', compound: nearer },
          { combinator: isParent ? '>' : ' ', compound: telling[0] ?? bare },
        ];
    }
  }
  for (const { part, isParent } of around)
    yield [
      { combinator: ' ', compound: { tag: part.tag, nth: part.nth } },
      { combinator: isParent ? '>' : ' ', compound: telling[0] ?? bare },
    ];
}

function isTelling({ classes = [], attribute }: Compound): boolean {
  return attribute !== undefined || classes.some((name) => worth(name) === 2);
}

interface Surrounding {
  readonly part: Part;
  readonly isParent: boolean;
  /** Best first, the bare tag last. */
  readonly compounds: readonly Compound[];
}

/** The elements that all rows stand in, from the nearest on. */
function surroundings(first: Part, parents: readonly Part[]): Surrounding[] {
  const around: Surrounding[] = [];
  const last = Math.max(...parents.map(({ index }) => index));
  const several = parents.length > 1;
  for (const part of ancestorsOf(first)) {
    if (part.tag === 'html' || part.tag === 'body' || around.length === MOST_ANCESTORS) break;
    const isParent = part === first.parent;
    // Above several parents that are alike only what they have in common is of use.
    if (several && part.end <= last) {
      if (isParent && part.tag !== 'tbody') around.push({ part, isParent, compounds: ownCompounds(parents) });
      continue;
    }
    const id = part.node.attribs['id'];
    const compounds = ownCompounds([part]).slice(0, 4);
    const named: Compound[] = id !== undefined && isStable(id) && worth(id) > 0 ? [{ id }] : [];
    // Parsers make a `tbody` that the page does not write.
    const bare = part.tag === 'tbody' ? [] : [{ tag: part.tag }];
    around.push({ part, isParent, compounds: [...named, ...compounds.filter(isTelling), ...bare] });
  }
  return around;
}

/**
 * The same selector with a condition, or two, that all rows meet and no other element that it finds. Null when there
 * are none.
 */
function narrowing(
  index: PageIndex,
  selector: Selector,
  found: readonly Part[],
  heads: ReadonlySet<Part>,
): RowSelector | null {
  const last = selector.at(-1);
  if (!last || heads.size > MOST_NARROWED) return null;
  const rows = sampleOf([...heads], COMPARED_ROWS);
  let others: readonly Part[] = found.filter((part) => !heads.has(part));
  const narrowed: Selector[number][] = [...selector.slice(0, -1)];
  let compound = last.compound;
  for (let i = 0; i < MOST_CONDITIONS; i += 1) {
    const best = bestCondition(rows, others);
    if (!best) return null;
    compound = { ...compound, conditions: [...(compound.conditions ?? []), best.condition] };
    others = best.left;
    if (others.length > 0) continue;
    narrowed.push({ ...last, compound });
    const selected = selectAll(index, narrowed);
    return selected.length === heads.size ? { selector: narrowed, found: selected } : null;
  }
  return null;
}

/** The condition that all rows meet and fewest others, the shortest first. */
function bestCondition(
  rows: readonly Part[],
  others: readonly Part[],
): { condition: Compound; left: readonly Part[] } | null {
  let best: { condition: Compound; left: readonly Part[] } | null = null;
  for (const condition of conditions(rows, others)) {
    if (!rows.every((part) => fits(part, condition))) continue;
    const left = others.filter((part) => fits(part, condition));
    if (left.length < (best?.left.length ?? others.length)) best = { condition, left };
    if (left.length === 0) break;
  }
  return best;
}

function* conditions(rows: readonly Part[], others: readonly Part[]): Generator<Compound> {
  const [row] = rows;
  const [other] = others;
  if (!row || !other) return;
  for (const name of new Set(others.flatMap(({ classes }) => classes)))
    if (isStable(name) && !isState(name)) yield { not: { classes: [name] } };
  if (other.classes.length > 0) yield { not: { attribute: { name: 'class' } } };
  for (const tag of ['td', 'a', 'img', 'h2', 'h3', 'h4', 'p', 'time'])
    yield { has: [{ combinator: row.children.some((child) => child.tag === tag) ? '>' : ' ', compound: { tag } }] };
  const cells = Math.min(...rows.map(({ children }) => children.filter(({ tag }) => tag === 'td').length));
  if (cells > 1) yield { has: [{ combinator: '>', compound: { tag: 'td', nth: cells } }] };
  const inOthers = new Set(others.flatMap(({ children }) => children.flatMap(({ classes }) => classes)));
  for (const name of [...inOthers].slice(0, 10))
    if (isStable(name)) yield { not: { has: [{ combinator: '>', compound: { classes: [name] } }] } };
  if (other.position === 0) yield { not: { isFirstChild: true } };
  const tried = new Set<string>();
  for (const part of descendantsOf(row)) {
    const name = part.classes.find((each) => worth(each) === 2);
    if (name === undefined || tried.has(name) || tried.size > 20) continue;
    tried.add(name);
    yield { has: within({ classes: [name] }) };
  }
  const text = textIn(other);
  if (others.length === 1) {
    yield { not: { has: within({ tag: 'a', attribute: { name: 'href', value: '../' } }) } };
    if (/\p{L}{3}/u.test(text) && text.length < LONGEST_TEXT)
      yield { not: { contains: /[\p{L}\s]{4,}/u.exec(text)?.[0]?.trim() ?? text } };
  }
  for (const tag of ['th', 'h2', 'h3', 'hr', 'script', 'iframe']) yield { not: { has: within({ tag }) } };
}
