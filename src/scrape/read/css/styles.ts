import { Matcher } from '../selectors/match.js';
import { type AnyNode, type Element, isElement, nextInside, parentElement, textContent } from '../selectors/nodes.js';
import type { Page } from '../selectors/page.js';
import { parseSelector } from '../selectors/parse.js';
import { type Complex, SelectorSyntaxError, type Simple } from '../selectors/syntax.js';
import { type Declaration, declarationsIn, type Property } from './declarations.js';
import { Layer } from './layers.js';
import { mediaHolds } from './media.js';
import { rulesIn, type StyleRule } from './rules.js';
import { specificity } from './specificity.js';
import { substituted } from './variables.js';

/** What a page says of an element's looks; null: nothing, or what browsers have of their own. */
export type Looks = Readonly<Record<Property, string | null>>;

export const NO_LOOKS: Looks = {
  display: null,
  visibility: null,
  'content-visibility': null,
  float: null,
  position: null,
  'text-transform': null,
};

interface Rule {
  readonly matcher: Matcher;
  readonly layer: Layer;
  readonly specificity: number;
  readonly order: number;
  readonly declarations: readonly Declaration[];
}

/** A page with more rules about what is seen is not worth the time. */
const MOST_RULES = 2000;
/** So much is a step of layers worth, over all specificities; and one of specificity, over all orders. */
const [OF_LAYER, OF_SPECIFICITY] = [1e10, MOST_RULES * 2];
const OF_STYLE_ATTRIBUTE = Number.MAX_SAFE_INTEGER / 4;
const OF_IMPORTANT = Number.MAX_SAFE_INTEGER / 2;

/**
 * The cascade (https://www.w3.org/TR/css-cascade-5/) of a page's own `<style>` elements and `style` attributes. Style
 * sheets of other addresses are not fetched.
 */
export class Styles {
  /** By the id, class or name that the last part of a selector asks for, `*` when for none: the others need no look. */
  readonly #rules = new Map<string, Rule[]>();
  readonly #known = new Map<Element, Looks>();
  /** What the page's own properties (`--name`) are worth there. */
  readonly #variables = new Map<Element, ReadonlyMap<string, string>>();
  readonly #root = new Layer();
  #layerCount = 0;

  constructor(
    private readonly page: Page,
    /** How many `<style>` there are at most: looking for one more goes through the whole page. */
    sheetCount: number,
  ) {
    if (page.syntax === 'xml' || sheetCount === 0) return;
    const rules = [...sheetsOf(page, sheetCount)].flatMap((sheet) => [...rulesIn(sheet, this.#root)]);
    const usesVariables = rules.some(({ declarations }) => declarations.some(({ value }) => value.includes('var(')));
    let count = 0;
    for (const rule of rules) {
      if (!usesVariables && rule.declarations.every(isOwn)) continue;
      for (const complex of selectorsOf(rule)) {
        count += 1;
        if (count <= MOST_RULES) this.#add(complex, count, rule);
      }
    }
    this.#layerCount = this.#root.number();
  }

  of(element: Element): Looks {
    if (this.#rules.size === 0 && !Object.hasOwn(element.attribs, 'style')) return NO_LOOKS;
    let looks = this.#known.get(element);
    if (looks === undefined) {
      looks = this.#looksOf(element);
      this.#known.set(element, looks);
    }
    return looks;
  }

  #add(complex: Complex, order: number, { declarations, layer }: StyleRule): void {
    const matcher = new Matcher([complex]);
    const rule = { matcher, layer, specificity: specificity(complex), order, declarations };
    const key = keyOf(complex.compound);
    const rules = this.#rules.get(key);
    if (rules) rules.push(rule);
    else this.#rules.set(key, [rule]);
  }

  #looksOf(element: Element): Looks {
    const looks = { ...NO_LOOKS } as Record<Property, string | null>;
    for (const [property, written] of this.#cascade(element)) {
      if (property.startsWith('--')) continue;
      const isSubstituted = written.includes('var(');
      const value = isSubstituted ? substituted(written, (name) => this.#variablesOf(element).get(name)) : written;
      looks[property as Property] = computed(property as Property, value ?? 'unset');
    }
    return looks;
  }

  /** Those of an element are its own, and else those of what it is in. */
  #variablesOf(element: Element): ReadonlyMap<string, string> {
    const waiting: Element[] = [];
    let known: ReadonlyMap<string, string> | undefined;
    for (let at: Element | null = element; at !== null && known === undefined; at = parentElement(at)) {
      known = this.#variables.get(at);
      if (known === undefined) waiting.push(at);
    }
    let variables = known ?? new Map<string, string>();
    for (const each of waiting.reverse()) {
      const own = [...this.#cascade(each)].filter(([property]) => property.startsWith('--'));
      variables = own.length === 0 ? variables : new Map([...variables, ...own]);
      this.#variables.set(each, variables);
    }
    return variables;
  }

  /** The strongest value of each property. */
  #cascade(element: Element): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    const weights = new Map<string, number>();
    const apply = ({ property, value }: Declaration, weight: number) => {
      if (weight < (weights.get(property) ?? 0)) return;
      weights.set(property, weight);
      values.set(property, value);
    };
    for (const key of keysOf(element)) {
      for (const { matcher, declarations, layer, specificity: own, order } of this.#rules.get(key) ?? []) {
        if (!matcher.matches(this.page, element)) continue;
        const within = own * OF_SPECIFICITY + order;
        for (const each of declarations) {
          // What is important in an early layer is stronger than in a later one.
          const rank = each.important ? this.#layerCount - layer.rank : layer.rank;
          apply(each, rank * OF_LAYER + within + (each.important ? OF_IMPORTANT : 0));
        }
      }
    }
    const attribute = element.attribs['style'];
    if (attribute !== undefined)
      for (const each of declarationsIn(attribute))
        apply(each, OF_STYLE_ATTRIBUTE + (each.important ? OF_IMPORTANT : 0));
    return values;
  }
}

function isOwn({ property }: Declaration): boolean {
  return property.startsWith('--');
}

const INHERITED = new Set<Property>(['visibility', 'text-transform']);
const INITIAL: Readonly<Partial<Record<Property, string>>> = {
  display: 'inline',
  visibility: 'visible',
  'text-transform': 'none',
};

/** What the words mean that every property has: https://www.w3.org/TR/css-cascade-5/#defaulting-keywords */
function computed(property: Property, value: string): string | null {
  switch (value) {
    case 'initial':
      return INITIAL[property] ?? null;
    case 'unset':
      return INHERITED.has(property) ? null : (INITIAL[property] ?? null);
    case 'inherit':
      return property === 'display' ? value : null;
    case 'revert':
    case 'revert-layer':
      return null;
    default:
      return value;
  }
}

const SAYS_SOMETHING = /\b(?:display|visibility|float|position|text-transform|all)\b|\\/i;

/** Those that a browser with scripts uses, and that say anything of what is seen. */
function* sheetsOf({ root }: Page, most: number): Generator<string> {
  let left = most;
  for (let node: AnyNode | null = nextInside(root, root); node !== null && left > 0; node = nextInside(node, root)) {
    if (!isElement(node) || node.name !== 'style') continue;
    left -= 1;
    if (!isInUse(node)) continue;
    const text = textContent(node);
    if (SAYS_SOMETHING.test(text)) yield text;
  }
}

const MATHML = 'http://www.w3.org/1998/Math/MathML';

function isInUse({ attribs, namespace, parent }: Element): boolean {
  const type = attribs['type'] ?? '';
  if ((type !== '' && type.toLowerCase() !== 'text/css') || namespace === MATHML) return false;
  for (let at = parent as AnyNode | null; isElement(at); at = at.parent) if (at.name === 'noscript') return false;
  return mediaHolds(attribs['media'] ?? '');
}

/** None when there is anything in the list that no selector is: a browser then passes over the rule. */
function selectorsOf({ selectors }: StyleRule): readonly Complex[] {
  const found: Complex[] = [];
  for (const selector of selectors) {
    try {
      found.push(...parseSelector(selector));
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      // What it means is not in the page, but the others count.
      if (error.code !== 'pseudo-element') return [];
    }
  }
  return found;
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
