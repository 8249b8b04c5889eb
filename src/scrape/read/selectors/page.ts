import { type AnyNode, type Element, isElement, isForeign, type ParentNode, parentElement } from './nodes.js';
import type { Complex } from './syntax.js';

/** Of which names count as written are `xhtml` and `xml`; elements of the first are HTML's where they do not say otherwise. */
export type Syntax = 'html' | 'xhtml' | 'xml';

const XHTML = 'http://www.w3.org/1999/xhtml';

/** What selectors need to know of a document, and what they found out of it. The tree must stay as it is. */
export class Page {
  /** Where each element stands among its siblings, by what is counted. */
  readonly places = new WeakMap<object, WeakMap<Element, number>>();
  /** Texts by element, for `:contains()`. */
  readonly texts = new WeakMap<Element, string>();
  readonly #namespaces = new WeakMap<Element, string>();

  constructor(
    readonly root: AnyNode & ParentNode,
    readonly syntax: Syntax,
    /** Ids and classes in any case: https://quirks.spec.whatwg.org/ */
    readonly isQuirky: boolean,
  ) {}

  get rootElement(): Element | null {
    return (this.root.children as AnyNode[]).find(isElement) ?? null;
  }

  get isXml(): boolean {
    return this.syntax !== 'html';
  }

  /** Whether the rules of HTML hold for an element. */
  isHtml(element: Element): boolean {
    return this.isXml ? this.namespaceOf(element) === XHTML : !isForeign(element);
  }

  /** Of an element of XML, as its prefix is declared there or around it; empty for none. */
  namespaceOf(element: Element): string {
    const colon = element.name.indexOf(':');
    const declaration = colon < 0 ? 'xmlns' : `xmlns:${element.name.slice(0, colon)}`;
    const passed: Element[] = [];
    let namespace: string | undefined;
    for (let at: Element | null = element; at !== null && namespace === undefined; at = parentElement(at)) {
      // An element without prefix is in that of one around it, unless it says otherwise.
      namespace =
        (colon < 0 && !at.name.includes(':') ? this.#namespaces.get(at) : undefined) ?? declared(at, declaration);
      if (colon < 0 && !at.name.includes(':')) passed.push(at);
    }
    namespace ??= this.syntax === 'xhtml' && colon < 0 ? XHTML : '';
    for (const each of passed) this.#namespaces.set(each, namespace);
    return namespace;
  }
}

function declared({ attribs }: Element, declaration: string): string | undefined {
  return Object.hasOwn(attribs, declaration) ? attribs[declaration] : undefined;
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
