import { attributeTest, classTest, idTest, tagTest } from './attributes.js';
import { isDirection, isLanguage } from './language.js';
import {
  type AnyNode,
  type Element,
  isElement,
  nextElement,
  nextInside,
  previousElement,
  textContent,
} from './nodes.js';
import type { Page, Scope, Test } from './page.js';
import { countedAs } from './places.js';
import { isInState } from './states.js';
import type { Complex, SelectorList, Simple } from './syntax.js';

/** Finds what a list of selectors means; made once, to be used on many pages. */
export class Matcher {
  readonly #anywhere: Test;
  readonly #within: Test;
  readonly #leadsBehind: boolean;

  constructor(selectors: SelectorList) {
    this.#anywhere = anyOf(selectors);
    this.#within = anyOf(selectors.map(anchored));
    this.#leadsBehind = selectors.some((each) => /[+~]/.test(leftmost(each).combinator ?? ''));
  }

  /**
   * In the order of the page, at most `limit`: looking for more than is asked for goes through the whole tree. All that
   * a selector names is inside `within`, as in `:has()`, or behind it when it begins with `+` or `~`: there it ends at
   * the first sibling of `until`. One that has `:scope` in it means `within` by that.
   */
  find(page: Page, within: AnyNode, limit = Infinity, until?: ReadonlySet<AnyNode>): Element[] {
    const scope = scopeOf(page, within);
    const test = within === page.root ? this.#anywhere : this.#within;
    const found = testedInside(within, test, scope, limit);
    for (let next = this.#leadsBehind ? nextElement(within) : null; next !== null; next = nextElement(next)) {
      if (until?.has(next)) break;
      if (found.length < limit && test(next, scope)) found.push(next);
      if (found.length >= limit) break;
      found.push(...testedInside(next, test, scope, limit - found.length));
    }
    return found;
  }

  matches(page: Page, element: Element): boolean {
    return this.#anywhere(element, scopeOf(page, page.root));
  }
}

function scopeOf(page: Page, anchor: AnyNode): Scope {
  return { page, scope: isElement(anchor) ? anchor : page.rootElement, anchor, led: new Map() };
}

function testedInside(root: AnyNode, test: Test, scope: Scope, limit: number): Element[] {
  const found: Element[] = [];
  for (let node = nextInside(root, root); node !== null && found.length < limit; node = nextInside(node, root)) {
    if (isElement(node) && test(node, scope)) found.push(node);
  }
  return found;
}

function leftmost(complex: Complex): Complex {
  let at = complex;
  while (at.left !== null) at = at.left;
  return at;
}

/** As it is looked for inside an element: from there on, unless it says itself where it begins. */
function anchored(complex: Complex): Complex {
  if (complex.left === null) {
    const isPlain = complex.combinator !== null || usesScope(complex.compound);
    return isPlain ? complex : { ...complex, combinator: ' ' };
  }
  if (usesScope(complex.compound)) return complex;
  return { ...complex, left: anchored(complex.left) };
}

function usesScope(compound: readonly Simple[]): boolean {
  return compound.some(
    (simple) =>
      (simple.type === 'state' && simple.name === 'scope') ||
      ('selectors' in simple && simple.selectors.some(({ compound: each }) => usesScope(each))),
  );
}

export function anyOf(selectors: SelectorList): Test {
  const tests = selectors.map(complexTest);
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (element, scope) => tests.some((test) => test(element, scope));
}

function complexTest(complex: Complex): Test {
  const here = compoundTest(complex.compound);
  if (complex.combinator === null) return here;
  const leads = leadTest(complex);
  return (element, scope) => here(element, scope) && leads(element, scope);
}

function leadTest(complex: Complex): Test {
  const left = complex.left === null ? null : complexTest(complex.left);
  const isLeft = (node: AnyNode, scope: Scope) =>
    left === null ? node === scope.anchor : isElement(node) && left(node, scope);
  switch (complex.combinator) {
    case '>':
      return ({ parent }, scope) => parent !== null && isLeft(parent as AnyNode, scope);
    case '+':
      return (element, scope) => {
        const previous = previousElement(element);
        return previous !== null && isLeft(previous, scope);
      };
    case '~':
      return (element, scope) => leadsBack(complex, element, previousElement, isLeft, scope);
    default:
      return (element, scope) => leadsBack(complex, element, (node) => node.parent as AnyNode | null, isLeft, scope);
  }
}

/**
 * Whether `isLeft` holds of anything that `step` leads to again and again. Remembered for all that was passed on the
 * way, so that a selector takes as long as there are elements, and not the square or cube of them.
 */
function leadsBack(
  complex: Complex,
  element: Element,
  step: (node: AnyNode) => AnyNode | null,
  isLeft: (node: AnyNode, scope: Scope) => boolean,
  scope: Scope,
): boolean {
  let known = scope.led.get(complex);
  if (known === undefined) {
    known = new Map();
    scope.led.set(complex, known);
  }
  const passed: AnyNode[] = [];
  let answer = false;
  for (let node: AnyNode | null = element; node !== null; ) {
    const before = known.get(node);
    if (before !== undefined) {
      answer = before;
      break;
    }
    passed.push(node);
    node = step(node);
    if (node !== null && isLeft(node, scope)) {
      answer = true;
      break;
    }
  }
  for (const node of passed) known.set(node, answer);
  return answer;
}

/** What takes least to find out comes first. */
const ORDER: readonly Simple['type'][] = ['tag', 'id', 'class', 'attribute', 'state', 'words', 'nth'];

function compoundTest(compound: readonly Simple[]): Test {
  const rank = ({ type }: Simple) => (ORDER.includes(type) ? ORDER.indexOf(type) : ORDER.length);
  const tests = [...compound].sort((a, b) => rank(a) - rank(b)).map(simpleTest);
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (element, scope) => first(element, scope) && second(element, scope);
  return (element, scope) => tests.every((test) => test(element, scope));
}

function simpleTest(simple: Simple): Test {
  switch (simple.type) {
    case 'tag':
      return tagTest(simple);
    case 'id':
      return idTest(simple.name);
    case 'class':
      return classTest(simple.name);
    case 'attribute':
      return attributeTest(simple);
    case 'is':
    case 'where':
      return anyOf(simple.selectors);
    case 'not': {
      const test = anyOf(simple.selectors);
      return (element, scope) => !test(element, scope);
    }
    case 'has':
      return hasTest(simple.selectors);
    case 'nth':
      return countedAs(simple, simple.nth.of === null ? null : anyOf(simple.nth.of));
    case 'words':
      if (simple.name === 'lang') return (element, { page }) => isLanguage(element, simple.words, page);
      if (simple.name === 'dir') return (element, { page }) => isDirection(element, simple.words[0] ?? '', page);
      return simple.name === 'contains-own' ? containsOwnTest(simple.words) : containsTest(simple.words);
    case 'state':
      return (element, scope) =>
        simple.name === 'scope' ? element === scope.scope : isInState(element, simple.name, scope.page);
  }
}

function hasTest(selectors: SelectorList): Test {
  const behind = selectors.filter((each) => /[+~]/.test(leftmost(each).combinator ?? '')).map(complexTest);
  const inside = selectors
    .filter((each) => !/[+~]/.test(leftmost(each).combinator ?? ''))
    .map(anchored)
    .map(complexTest);
  return (element, { page, scope }) => {
    const own: Scope = { page, scope, anchor: element, led: new Map() };
    const isAny = (tests: readonly Test[]) => (each: Element) => tests.some((test) => test(each, own));
    if (inside.length > 0 && testedInside(element, isAny(inside), own, 1).length > 0) return true;
    for (let next = behind.length > 0 ? nextElement(element) : null; next !== null; next = nextElement(next)) {
      if (isAny(behind)(next) || testedInside(next, isAny(behind), own, 1).length > 0) return true;
    }
    return false;
  };
}

/** Runs of white space count as one space, as on the screen. */
function containsTest(words: readonly string[]): Test {
  const wanted = words.map(collapsed);
  return (element, { page }) => {
    let text = page.texts.get(element);
    if (text === undefined) {
      text = collapsed(textContent(element));
      page.texts.set(element, text);
    }
    return wanted.some((word) => text.includes(word));
  };
}

/** Only what stands in the element itself. */
function containsOwnTest(words: readonly string[]): Test {
  const wanted = words.map(collapsed);
  return ({ children }) => {
    const text = collapsed((children as AnyNode[]).map((node) => (isElement(node) ? '' : textContent(node))).join(''));
    return wanted.some((word) => text.includes(word));
  };
}

function collapsed(text: string): string {
  return text.replace(/[\s\u00a0]+/g, ' ').trim();
}
