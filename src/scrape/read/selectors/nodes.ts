import type { AnyNode, Element, ParentNode } from 'domhandler';

export type { AnyNode, Element, ParentNode } from 'domhandler';

export function isElement(node: AnyNode | null | undefined): node is Element {
  return node?.type === 'tag' || node?.type === 'script' || node?.type === 'style';
}

export function hasChildren(node: AnyNode): node is ParentNode & AnyNode {
  return 'children' in node;
}

export function parentElement(element: AnyNode): Element | null {
  return isElement(element.parent) ? element.parent : null;
}

export function previousElement(element: AnyNode): Element | null {
  let node = element.prev;
  while (node !== null && !isElement(node)) node = node.prev;
  return node as Element | null;
}

export function nextElement(element: AnyNode): Element | null {
  let node = element.next;
  while (node !== null && !isElement(node)) node = node.next;
  return node as Element | null;
}

export function childElements(parent: ParentNode): Element[] {
  return (parent.children as AnyNode[]).filter(isElement);
}

/**
 * The next node in the order of the page, as long as it is inside `root`: `root` itself leads to the first. Contents of
 * `<template>` are no part of the page. No recursion: pages may nest deeper than the call stack is.
 */
export function nextInside(node: AnyNode, root: AnyNode): AnyNode | null {
  if (hasChildren(node) && (node.type !== 'root' || node === root)) {
    const first = node.children[0];
    if (first !== undefined) return first as AnyNode;
  }
  let at: AnyNode = node;
  while (at !== root) {
    if (at.next !== null) return at.next as AnyNode;
    if (at.parent === null) return null;
    at = at.parent as AnyNode;
  }
  return null;
}

/** All text in a node, hidden or not. */
export function textContent(node: AnyNode): string {
  if (node.type === 'text') return node.data;
  const parts: string[] = [];
  for (let each = nextInside(node, node); each !== null; each = nextInside(each, node))
    if (each.type === 'text') parts.push(each.data);
  return parts.join('');
}

/** Its name without prefix. */
export function localName({ name }: Element): string {
  return name.slice(name.indexOf(':') + 1);
}

const FOREIGN = new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1998/Math/MathML']);

/** Of SVG or MathML within HTML. */
export function isForeign({ namespace }: Element): boolean {
  return namespace !== undefined && FOREIGN.has(namespace);
}
