import { type PageIndex, type Part, siblingBefore, textIn } from './page-index.js';

/** What one element must be like: `li.product[data-id]:nth-of-type(2)`. */
export interface Compound {
  readonly tag?: string;
  readonly id?: string;
  readonly classes?: readonly string[];
  /** With a value: exactly that; `prefix`: begins with it. */
  readonly attribute?: { readonly name: string; readonly value?: string; readonly isPrefix?: boolean };
  readonly nth?: number;
  /** Text that stands in it. */
  readonly contains?: string;
  readonly has?: Selector;
  readonly not?: Compound;
  readonly isFirstChild?: boolean;
  /** What else it must be like. */
  readonly conditions?: readonly Compound[];
}

/** From left to right; the first step's combinator counts only where a selector begins with one. */
export type Selector = readonly Step[];

export interface Step {
  readonly combinator: ' ' | '>' | '+' | '~';
  readonly compound: Compound;
}

export function within(...compounds: readonly Compound[]): Selector {
  return compounds.map((compound) => ({ combinator: ' ', compound }));
}

export function written(selector: Selector): string {
  return selector
    .map(({ combinator, compound }, i) => {
      const sign = combinator === ' ' ? (i === 0 ? '' : ' ') : i === 0 ? `${combinator} ` : ` ${combinator} `;
      return sign + writtenCompound(compound);
    })
    .join('');
}

function writtenCompound(compound: Compound): string {
  const { tag, id, classes, attribute, nth, contains, has, not, isFirstChild, conditions } = compound;
  let text = tag === undefined ? '' : tag.replace(/[^\w-]/g, (sign) => `\\${sign}`);
  if (id !== undefined) text += `#${id}`;
  for (const name of classes ?? []) text += `.${name}`;
  if (attribute !== undefined) {
    const { name, value, isPrefix } = attribute;
    text += value === undefined ? `[${name}]` : `[${name}${isPrefix ? '^' : ''}=${quoted(value)}]`;
  }
  if (nth !== undefined) text += `:nth-of-type(${nth})`;
  if (isFirstChild) text += ':first-child';
  if (contains !== undefined) text += `:contains(${quoted(contains)})`;
  if (has !== undefined) text += `:has(${written(has)})`;
  if (not !== undefined) text += `:not(${writtenCompound(not)})`;
  for (const condition of conditions ?? []) text += writtenCompound(condition);
  return text === '' ? '*' : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Whether an element is what a selector finds. `root`: all that the selector names is inside of it. The first combinator
 * counts only inside `:has()`.
 */
export function matches(part: Part, selector: Selector, root: Part | null = null, at = selector.length - 1): boolean {
  const step = selector[at];
  if (step === undefined || !fits(part, step.compound)) return false;
  if (at === 0) return true;
  switch (step.combinator) {
    case '>':
      return part.parent !== root && part.parent !== null && matches(part.parent, selector, root, at - 1);
    case ' ':
      for (let up = part.parent; up !== root && up !== null; up = up.parent)
        if (matches(up, selector, root, at - 1)) return true;
      return false;
    case '+': {
      const before = siblingBefore(part);
      return before !== null && matches(before, selector, root, at - 1);
    }
    case '~':
      for (let before = siblingBefore(part); before !== null; before = siblingBefore(before))
        if (matches(before, selector, root, at - 1)) return true;
      return false;
  }
}

export function fits(part: Part, compound: Compound): boolean {
  const { tag, nth, classes } = compound;
  // Nearly all that does not fit is told apart by these.
  if (tag !== undefined && part.tag !== tag) return false;
  if (nth !== undefined && part.nth !== nth) return false;
  if (classes !== undefined && !classes.every((name) => part.classes.includes(name))) return false;
  const { id, attribute, contains, has, not, isFirstChild, conditions } = compound;
  if (id !== undefined && part.node.attribs['id'] !== id) return false;
  if (attribute !== undefined && !hasAttribute(part, attribute)) return false;
  if (isFirstChild && part.parent?.children[0] !== part) return false;
  if (not !== undefined && fits(part, not)) return false;
  if (contains !== undefined && !textIn(part).includes(contains)) return false;
  if (has !== undefined && !hasInside(part, has)) return false;
  return conditions === undefined || conditions.every((condition) => fits(part, condition));
}

function hasAttribute(part: Part, { name, value, isPrefix }: NonNullable<Compound['attribute']>): boolean {
  const own = part.node.attribs[name];
  if (own === undefined || value === undefined) return own !== undefined;
  return isPrefix ? own.startsWith(value) : own === value;
}

function hasInside(part: Part, selector: Selector): boolean {
  if (selector[0]?.combinator === '>') return part.children.some((child) => matches(child, selector));
  // No generator: this is asked more often than anything else.
  for (let i = part.index + 1; i < part.end; i += 1) if (matches(part.all[i] as Part, selector)) return true;
  return false;
}

/** All on the page, in its order. */
export function selectAll(index: PageIndex, selector: Selector): Part[] {
  return candidatesFor(index, selector).filter((part) => matches(part, selector));
}

/** The first below an element. */
export function selectFirst(index: PageIndex, selector: Selector, root: Part): Part | null {
  return selectInside(index, selector, root, 1)[0] ?? null;
}

/** Those below an element, in the order of the page. */
export function selectInside(index: PageIndex, selector: Selector, root: Part, most = Infinity): Part[] {
  const found: Part[] = [];
  const candidates = candidatesFor(index, selector);
  const isPath = selector[0]?.combinator === '>';
  for (let i = firstAfter(candidates, root.index); i < candidates.length && found.length < most; i += 1) {
    const part = candidates[i];
    if (!part || part.index >= root.end) break;
    if (matches(part, selector, root) && (!isPath || startsAt(part, selector.length, root))) found.push(part);
  }
  return found;
}

/** Those among which a selector's elements are. */
export function candidatesFor({ parts, byTag, byClass }: PageIndex, selector: Selector): readonly Part[] {
  const { tag, classes } = selector.at(-1)?.compound ?? {};
  const [name] = classes ?? [];
  if (name !== undefined) return byClass.get(name) ?? [];
  return tag === undefined ? parts : (byTag.get(tag) ?? []);
}

/** The place of the first that comes after the element with that number. */
function firstAfter(parts: readonly Part[], index: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of a selector that is a path of children: whether the path begins at the root. */
function startsAt(part: Part, length: number, root: Part): boolean {
  let up: Part | null = part;
  for (let i = 0; i < length; i += 1) up = up?.parent ?? null;
  return up === root;
}
