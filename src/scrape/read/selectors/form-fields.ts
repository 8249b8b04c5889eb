import { ownValue } from './attributes.js';
import { boundedValue, mayHaveBounds } from './bounds.js';
import { type AnyNode, type Element, isElement, nextInside, parentElement } from './nodes.js';

const has = (element: Element, name: string) => ownValue(element.attribs, name) !== undefined;

/** https://html.spec.whatwg.org/#concept-element-disabled */
export function isDisabled(element: Element): boolean {
  if (has(element, 'disabled')) return true;
  const parent = parentElement(element);
  if (element.name === 'option') return isInDisabledGroup(element) || isOfDisabledList(parent);
  if (element.name === 'optgroup') return false;
  // A fieldset disables what is in it, but for its first legend.
  let inner: Element = element;
  for (let at = parent; at !== null; inner = at, at = parentElement(at)) {
    if (at.name === 'fieldset' && has(at, 'disabled') && inner !== firstLegend(at)) return true;
  }
  return false;
}

function isOfDisabledList(parent: Element | null): boolean {
  const select = parent?.name === 'optgroup' ? parentElement(parent) : parent;
  return select?.name === 'select' && isDisabled(select);
}

function firstLegend({ children }: Element): AnyNode | undefined {
  return (children as AnyNode[]).find((node) => isElement(node) && node.name === 'legend');
}

export function isInDisabledGroup(option: Element): boolean {
  const parent = parentElement(option);
  return parent?.name === 'optgroup' && has(parent, 'disabled');
}

export function typeOf(element: Element): string {
  return element.name === 'input' ? ownValue(element.attribs, 'type')?.trim().toLowerCase() || 'text' : '';
}

export const NOT_TYPED_IN = new Set('hidden range color checkbox radio file submit image reset button'.split(' '));

export function formOf(element: Element): Element | null {
  let at = parentElement(element);
  while (at !== null && at.name !== 'form') at = parentElement(at);
  return at;
}

export function top(element: Element): Element {
  let at = element;
  for (let parent = parentElement(at); parent !== null; parent = parentElement(at)) at = parent;
  return at;
}

export function inside(root: Element, isWanted: (element: Element) => boolean): Element[] {
  const found: Element[] = [];
  for (let node = nextInside(root, root); node !== null; node = nextInside(node, root))
    if (isElement(node) && isWanted(node)) found.push(node);
  return found;
}

/** Null when the element has no bounds. */
export function isWithinRange(element: Element): boolean | null {
  const type = typeOf(element);
  if (!mayHaveBounds(type) || isDisabled(element) || has(element, 'readonly')) return null;
  const read = (name: string) => boundedValue(type, ownValue(element.attribs, name)?.trim() ?? '');
  const [min, max, value] = [read('min'), read('max'), read('value')];
  if (type === 'range') return true;
  if (min === null && max === null) return null;
  if (value === null) return true;
  const isBelow = min !== null && value < min;
  const isAbove = max !== null && value > max;
  // A time may run over midnight.
  if (type === 'time' && min !== null && max !== null && max < min) return !(isBelow && isAbove);
  return !isBelow && !isAbove;
}
