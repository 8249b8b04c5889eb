import { type AnyNode, type Element, isElement } from './selectors/nodes.js';
import { parseSelector } from './selectors/parse.js';

/** What a column found in a row. */
export interface SiblingList {
  readonly selector: string;
  readonly first: Element;
  /** All that the selector finds there. */
  findAll(): Element[];
}

/** What may stand between the members of a list. */
const BETWEEN = /^[\s,;|/·•・、-]*$/;

/**
 * The members of the list that a column means, such as tags: the first element, and those directly behind it that are
 * alike, when the selector asks for a class and all of these have the same. Else the first alone.
 */
export function listedWith({ selector, first, findAll }: SiblingList): Element[] {
  const behind = alikeBehind(first);
  if (behind.length === 0 || !asksForClass(selector)) return [first];
  const found = new Set(findAll());
  const end = behind.findIndex((each) => !found.has(each));
  return [first, ...(end < 0 ? behind : behind.slice(0, end))];
}

/** Those directly behind an element that have its name and class. */
export function alikeBehind(first: Element): Element[] {
  const alike: Element[] = [];
  if ((first.attribs['class'] ?? '') === '') return alike;
  for (let each = neighbour(first); each !== null && isAlike(each, first); each = neighbour(each)) alike.push(each);
  return alike;
}

function isAlike(a: Element, b: Element): boolean {
  return a.name === b.name && a.attribs['class'] === b.attribs['class'];
}

function neighbour(element: Element): Element | null {
  let next = element.next as AnyNode | null;
  while (next !== null && !isElement(next)) {
    if (next.type === 'text' && !BETWEEN.test(next.data)) return null;
    next = next.next as AnyNode | null;
  }
  return next;
}

function asksForClass(selector: string): boolean {
  return parseSelector(selector, { relative: true }).every(({ compound }) =>
    compound.some(({ type }) => type === 'class'),
  );
}
