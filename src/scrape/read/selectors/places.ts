import { type AnyNode, childElements, type Element, type ParentNode } from './nodes.js';
import type { Page, Test } from './page.js';
import type { Nth, NthName } from './syntax.js';

/** What is counted, when it is all siblings, or all of one name. */
const KEYS: Readonly<Record<NthName, object>> = {
  'nth-child': {},
  'nth-last-child': {},
  'nth-of-type': {},
  'nth-last-of-type': {},
};

/** `:nth-child()` and its like. `of` says which siblings count. */
export function countedAs({ name, nth }: { readonly name: NthName; readonly nth: Nth }, of: Test | null): Test {
  const key = of ?? KEYS[name];
  return (element, scope) => {
    if (of !== null && !of(element, scope)) return false;
    const counts = of === null ? undefined : (sibling: Element) => of(sibling, scope);
    return isCounted(placeOf(element, name, scope.page, key, counts), nth);
  };
}

/** From 1. */
export function placeOf(
  element: Element,
  name: NthName,
  page: Page,
  key: object = KEYS[name],
  counts: (sibling: Element) => boolean = () => true,
): number {
  const places = page.places.get(key) ?? new WeakMap<Element, number>();
  page.places.set(key, places);
  const known = places.get(element);
  if (known !== undefined) return known;
  const siblings = element.parent === null ? [element] : childElements(element.parent as ParentNode & AnyNode);
  if (name.includes('last')) siblings.reverse();
  const counted = new Map<string, number>();
  for (const sibling of siblings) {
    if (!counts(sibling)) continue;
    const kind = name.endsWith('type') ? sibling.name : '';
    const place = (counted.get(kind) ?? 0) + 1;
    counted.set(kind, place);
    places.set(sibling, place);
  }
  return places.get(element) ?? 0;
}

function isCounted(place: number, { a, b }: Nth): boolean {
  if (a === 0) return place === b;
  const times = (place - b) / a;
  return times >= 0 && Number.isInteger(times);
}
