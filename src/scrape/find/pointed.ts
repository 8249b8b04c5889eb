import { numberedElements } from '../read/element-numbers.js';
import { areAlike, featuresOf, haveSameName, mayBeRow } from './clusters.js';
import { isInRow, type List, listsOn, type Row } from './lists.js';
import { ancestorsOf, descendantsOf, isInside, type PageIndex, type Part } from './page-index.js';
import { type RankedList, ranked } from './rank.js';

/** What a visitor pointed at, by the numbers of elements. */
export interface PointedNumbers {
  /** To be columns, in that order. */
  readonly columns: readonly number[];
  /** Of the link to the next page, or what is in or around it; null: it is looked for. */
  readonly next: number | null;
  /** Of the link of one of the rows to a page of its own, likewise. */
  readonly follow: number | null;
}

/** Elements of a page by their numbers, and the other way round. */
export class NumberedParts {
  readonly #partOf = new Map<number, Part>();
  readonly #numberOf: ReadonlyMap<unknown, number>;

  constructor({ page, parts }: PageIndex) {
    this.#numberOf = new Map(numberedElements(page.root).map((element, number) => [element, number]));
    for (const part of parts) {
      const number = this.numberOf(part);
      // A cell that reaches over several rows is one element of the page.
      if (number !== null && !this.#partOf.has(number)) this.#partOf.set(number, part);
    }
  }

  partOf(number: number): Part | null {
    return this.#partOf.get(number) ?? null;
  }

  numberOf({ page, node }: Part): number | null {
    return this.#numberOf.get(page.written(node)) ?? null;
  }
}

/** The link that an element is, is in, or has in it. */
export function linkAt(part: Part): Part | null {
  const isLink = ({ tag, node }: Part) => (tag === 'a' || tag === 'area') && node.attribs['href'] !== undefined;
  if (isLink(part)) return part;
  for (const up of ancestorsOf(part)) if (isLink(up)) return up;
  for (const inner of descendantsOf(part)) if (isLink(inner)) return inner;
  return null;
}

/**
 * Lists that have all of the elements in their rows, best first. Elements that look alike are in rows of their own, for who
 * points at a second one says by that what a row is.
 */
export function listsOf(index: PageIndex, parts: readonly Part[]): readonly List[] {
  const holding = listsOn(index).filter((list) => parts.every((part) => rowWith(list, part) !== undefined));
  const lists: readonly RankedList[] = ranked(index, holding);
  const pairs = alikePairs(parts);
  if (pairs.length === 0) return lists;
  const areApart = (list: List) => pairs.every(([a, b]) => rowWith(list, a) !== rowWith(list, b));
  const apart = lists.filter(areApart);
  if (apart.length > 0) return apart;
  const made = pairs.flatMap(([a, b]) => listBetween(a, b) ?? []).filter(areApart);
  return [...made, ...lists];
}

function rowWith({ rows }: List, part: Part): Row | undefined {
  return rows.find((row) => isInRow(part, row));
}

function alikePairs(parts: readonly Part[]): [Part, Part][] {
  return parts.flatMap((a, i) =>
    parts
      .slice(i + 1)
      .filter((b) => a.path === b.path && a !== b && haveSameName(a, b))
      .map((b): [Part, Part] => [a, b]),
  );
}

/** The elements side by side that two others stand in, and those that are like these. */
function listBetween(a: Part, b: Part): List | null {
  const around = new Set(ancestorsOf(a));
  const parent = [...ancestorsOf(b)].find((up) => around.has(up));
  const [first, second] = [a, b].map((part) => parent?.children.find((child) => isInside(part, child)));
  if (!parent || !first || !second || first === second || first.tag !== second.tag) return null;
  const features = featuresOf(first);
  const rows = parent.children.filter(
    (part) =>
      part === first ||
      part === second ||
      (mayBeRow(part) && part.tag === first.tag && haveSameName(first, part) && areAlike(features, featuresOf(part))),
  );
  return { rows: rows.map((head) => ({ head, tail: [] })), parents: [parent] };
}
