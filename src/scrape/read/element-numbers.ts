import type { AnyNode, Element } from './selectors/nodes.js';
import { isElement } from './selectors/nodes.js';

/** The rest of a page with more elements has no numbers. */
export const MOST_NUMBERS = 60_000;

/** Every element of a page in its order, scripts and all: the place of one in this line, from 0, is its number. */
export function numberedElements(root: AnyNode): Element[] {
  const elements: Element[] = [];
  const waiting: AnyNode[] = [root];
  for (let node = waiting.pop(); node !== undefined && elements.length < MOST_NUMBERS; node = waiting.pop()) {
    if (isElement(node)) elements.push(node);
    if (!('children' in node)) continue;
    for (let i = node.children.length - 1; i >= 0; i -= 1) waiting.push(node.children[i] as AnyNode);
  }
  return elements;
}
