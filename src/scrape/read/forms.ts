import { parseWithForms } from './bounded-parser.js';
import { leanTree } from './lean-tree.js';
import { ownValue } from './selectors/attributes.js';
import { type AnyNode, type Element, isElement, isForeign, nextInside, parentElement } from './selectors/nodes.js';

export interface PageForms {
  /** The fields and buttons of each form, all in the order of the page. */
  readonly forms: ReadonlyMap<Element, readonly Element[]>;
  /** What the page's first `<base>` says. */
  readonly base: string | null;
}

/**
 * The forms of a page. A field belongs to the form that its attribute `form` names, or that was open where it stands:
 * tables often tear both apart (https://html.spec.whatwg.org/#form-owner).
 */
export function parseForms(text: string): PageForms {
  // Who has no scripts logs in by what <noscript> has.
  const { root, formOf } = parseWithForms(text, { scriptingEnabled: false, treeAdapter: leanTree() });
  const forms = new Map<Element, Element[]>();
  const byId = new Map<string, Element>();
  const fields: Element[] = [];
  let base: string | null = null;
  for (let node: AnyNode | null = root; node !== null; node = nextInside(node, root)) {
    if (!isElement(node) || isForeign(node)) continue;
    const id = ownValue(node.attribs, 'id');
    if (id !== undefined && !byId.has(id)) byId.set(id, node);
    if (node.name === 'form') forms.set(node, []);
    else if (FIELDS.has(node.name)) fields.push(node);
    else if (node.name === 'base') base ??= ownValue(node.attribs, 'href') ?? null;
  }
  for (const field of fields) {
    const named = ownValue(field.attribs, 'form');
    const form = named === undefined ? (formOf.get(field) ?? around(field, 'form')) : byId.get(named);
    // What only browsers without scripts have is no part of a form that all have.
    if (form && around(field, 'noscript') === around(form, 'noscript')) forms.get(form)?.push(field);
  }
  return { forms, base };
}

const FIELDS = new Set(['button', 'input', 'select', 'textarea']);

function around(element: Element, name: string): Element | null {
  let at = parentElement(element);
  while (at !== null && at.name !== name) at = parentElement(at);
  return at;
}
