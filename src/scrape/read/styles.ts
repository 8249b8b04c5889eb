import { Matcher } from './selectors/match.js';
import { type AnyNode, type Element, isElement, nextInside, textContent } from './selectors/nodes.js';
import type { Page } from './selectors/page.js';
import { parseSelector } from './selectors/parse.js';
import { type Complex, SelectorSyntaxError, type Simple } from './selectors/syntax.js';
import { type Declaration, declarationsIn, rulesIn } from './style-sheet.js';

/** What a page says of an element's looks, as far as it decides which of its text is seen; null: nothing. */
export interface Looks {
  readonly display: string | null;
  readonly visibility: string | null;
  readonly 'content-visibility': string | null;
  readonly float: string | null;
  readonly position: string | null;
}

export const NO_LOOKS: Looks = {
  display: null,
  visibility: null,
  'content-visibility': null,
  float: null,
  position: null,
};

interface Rule {
  readonly matcher: Matcher;
  /** Of what is stronger, the greater one. */
  readonly weight: number;
  readonly declarations: readonly Declaration[];
}

/** A page with more rules about what is seen is not worth the time. */
const MOST_RULES = 2000;

/**
 * The cascade (https://www.w3.org/TR/css-cascade-4/) of a page's own `<style>` elements and `style` attributes. Style
 * sheets of other addresses are not fetched.
 */
export class Styles {
  /** By the id, class or name that the last part of a selector asks for, `*` when for none: the others need no look. */
  readonly #rules = new Map<string, Rule[]>();
  readonly #known = new Map<Element, Looks>();

  constructor(
    private readonly page: Page,
    /** Whether there is any `<style>`: looking for one goes through the whole page. */
    hasSheets: boolean,
  ) {
    if (page.isXml || !hasSheets) return;
    let count = 0;
    for (const sheet of sheetsOf(page)) {
      for (const { selector, declarations } of rulesIn(sheet)) {
        for (const complex of selectorsOf(selector)) {
          count += 1;
          if (count > MOST_RULES) return;
          this.#add(complex, count, declarations);
        }
      }
    }
  }

  of(element: Element): Looks {
    if (this.#rules.size === 0 && !Object.hasOwn(element.attribs, 'style')) return NO_LOOKS;
    let looks = this.#known.get(element);
    if (looks === undefined) {
      looks = this.#cascade(element);
      this.#known.set(element, looks);
    }
    return looks;
  }

  #add(complex: Complex, order: number, declarations: readonly Declaration[]): void {
    const weight = specificity(complex) * MOST_RULES * 2 + order;
    const rule = { matcher: new Matcher([complex]), weight, declarations };
    const key = keyOf(complex.compound);
    const rules = this.#rules.get(key);
    if (rules) rules.push(rule);
    else this.#rules.set(key, [rule]);
  }

  #cascade(element: Element): Looks {
    const looks = { ...NO_LOOKS } as { -readonly [P in keyof Looks]: Looks[P] };
    const weights = new Map<string, number>();
    const apply = ({ property, value, important }: Declaration, weight: number) => {
      const full = important ? weight + Number.MAX_SAFE_INTEGER / 2 : weight;
      if (full < (weights.get(property) ?? 0)) return;
      weights.set(property, full);
      looks[property] = value;
    };
    for (const key of keysOf(element)) {
      for (const { matcher, weight, declarations } of this.#rules.get(key) ?? []) {
        if (matcher.matches(this.page, element)) for (const each of declarations) apply(each, weight);
      }
    }
    const own = element.attribs['style'];
    if (own !== undefined) for (const each of declarationsIn(own)) apply(each, Number.MAX_SAFE_INTEGER / 4);
    return looks;
  }
}

/** Those that say anything of what is seen. */
function* sheetsOf({ root }: Page): Generator<string> {
  for (let node: AnyNode | null = nextInside(root, root); node !== null; node = nextInside(node, root)) {
    if (!isElement(node) || node.name !== 'style') continue;
    if (!/^(?:all|screen|)$/i.test(node.attribs['media']?.trim() ?? '')) continue;
    const text = textContent(node);
    if (/display|visibility|float|position/i.test(text)) yield text;
  }
}

/** None when there is anything in the list that no selector is: a browser then passes over the rule. */
function selectorsOf(text: string): readonly Complex[] {
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) return [];
    throw error;
  }
}

function keyOf(compound: readonly Simple[]): string {
  const named = (type: 'id' | 'class' | 'tag') => compound.find((simple) => simple.type === type);
  const simple = named('id') ?? named('class') ?? named('tag');
  if (simple === undefined || !('name' in simple) || simple.name === '*') return '*';
  const prefix = { id: '#', class: '.' }[simple.type as string];
  return prefix === undefined ? simple.name.toLowerCase() : prefix + simple.name.toLowerCase();
}

function* keysOf({ name, attribs }: Element): Generator<string> {
  yield '*';
  yield name.toLowerCase();
  const { id, class: classes } = attribs;
  if (id !== undefined) yield `#${id.toLowerCase()}`;
  if (classes !== undefined) {
    const words = new Set(classes.toLowerCase().split(/[ \t\r\n\f]+/));
    for (const each of words) if (each !== '') yield `.${each}`;
  }
}

/** https://www.w3.org/TR/selectors-4/#specificity-rules, as one number. */
function specificity(complex: Complex): number {
  let sum = 0;
  for (let at: Complex | null = complex; at !== null; at = at.left)
    for (const simple of at.compound) sum += specificityOf(simple);
  return sum;
}

const [OF_ID, OF_CLASS, OF_TAG] = [10_000, 100, 1];

function specificityOf(simple: Simple): number {
  switch (simple.type) {
    case 'tag':
      return simple.name === '*' ? 0 : OF_TAG;
    case 'id':
      return OF_ID;
    case 'where':
      return 0;
    case 'is':
    case 'not':
    case 'has':
      return Math.max(0, ...simple.selectors.map(specificity));
    case 'nth':
      return OF_CLASS + Math.max(0, ...(simple.nth.of ?? []).map(specificity));
    default:
      return OF_CLASS;
  }
}
