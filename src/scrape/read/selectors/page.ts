import { type AnyNode, type Element, isElement, type ParentNode } from './nodes.js';
import type { Complex } from './syntax.js';

/** What selectors need to know of a document, and what they found out of it. The tree must stay as it is. */
export class Page {
  /** Where each element stands among its siblings, by what is counted. */
  readonly places = new WeakMap<object, WeakMap<Element, number>>();
  /** Texts by element, for `:contains()`. */
  readonly texts = new WeakMap<Element, string>();

  constructor(
    readonly root: AnyNode & ParentNode,
    /** Names count as written, and no rules of HTML hold. */
    readonly isXml: boolean,
    /** Ids and classes in any case: https://quirks.spec.whatwg.org/ */
    readonly isQuirky: boolean,
  ) {}

  get rootElement(): Element | null {
    return (this.root.children as AnyNode[]).find(isElement) ?? null;
  }
}

/** Where a selector is looked for, and what was found out on the way. */
export interface Scope {
  readonly page: Page;
  /** `:scope`. */
  readonly scope: Element | null;
  /** What relative selectors lead from. */
  readonly anchor: AnyNode | null;
  /** Whether a combinator leads from an element to what is to its left. */
  readonly led: Map<Complex, Map<AnyNode, boolean>>;
}

export type Test = (element: Element, scope: Scope) => boolean;
