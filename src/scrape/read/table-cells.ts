import type { AnyNode, ChildNode, Element } from 'domhandler';
import { domhandler } from '../packages.js';
import { childElements, isElement } from './selectors/nodes.js';

/** The bounds of https://html.spec.whatwg.org/#algorithm-for-processing-rows */
const MOST_COLUMNS = 1000;
const MOST_ROWS = 65_534;
/** Cells are copied into every row that they reach: no more of a page than this many nodes. */
const MOST_COPIED = 50_000;

/** A cell of a row, or of one above it that reaches down; from `column`, the first being 0. */
interface Placed {
  readonly cell: Element;
  readonly column: number;
  readonly width: number;
}

/**
 * Rows of tables as the HTML standard forms them (https://html.spec.whatwg.org/#forming-a-table): a cell that reaches
 * over several rows or columns is in each of them.
 */
export class TableRows {
  readonly #groups = new WeakMap<object, ReadonlyMap<Element, readonly Placed[]>>();
  readonly #formed = new WeakMap<Element, Element>();
  readonly #written = new WeakMap<AnyNode, Element>();
  #copied = 0;
  #dom: ReturnType<typeof domhandler> | null = null;

  /** `isNeeded`: some cell of the page may reach over others. */
  constructor(private readonly isNeeded: boolean) {}

  /** A stand-in for a row that cells reach into or over, with each cell once for each of its columns; else the row itself. */
  formed(row: AnyNode): AnyNode {
    if (!this.isNeeded || !isElement(row) || row.name !== 'tr' || row.parent === null) return row;
    const known = this.#formed.get(row);
    if (known !== undefined) return known;
    const placed = this.#groupOf(row).get(row) ?? [];
    const isPlain = placed.every(({ cell, width }) => cell.parent === row && width === 1);
    const formed = isPlain || this.#copied > MOST_COPIED ? row : this.#copy(row, placed);
    this.#formed.set(row, formed);
    return formed;
  }

  /** The element of the page of which this one is a copy, or is itself. */
  written<T extends AnyNode>(node: T): T | Element {
    return this.#written.get(node) ?? node;
  }

  #groupOf(row: Element): ReadonlyMap<Element, readonly Placed[]> {
    const parent = row.parent as Element;
    let group = this.#groups.get(parent);
    if (group === undefined) {
      group = formedGroup(childElements(parent).filter(({ name }) => name === 'tr'));
      this.#groups.set(parent, group);
    }
    return group;
  }

  #copy(row: Element, placed: readonly Placed[]): Element {
    this.#dom ??= domhandler();
    const { Element: Made } = this.#dom;
    const cells = [...placed].sort((a, b) => a.column - b.column);
    const children: ChildNode[] = [];
    for (const { cell, width } of cells) {
      for (let i = 0; i < width && this.#copied <= MOST_COPIED; i += 1) children.push(this.#copyOf(cell) as ChildNode);
    }
    const stand = new Made(row.name, row.attribs, children);
    if (row.namespace !== undefined) stand.namespace = row.namespace;
    Object.assign(stand, { parent: row.parent, prev: row.prev, next: row.next });
    link(stand);
    return stand;
  }

  /** Not by recursion: cells may nest deeper than the call stack is. */
  #copyOf(root: Element): Element {
    this.#dom ??= domhandler();
    const { Element: Made, Text } = this.#dom;
    const copies: { readonly of: Element; readonly copy: Element }[] = [];
    const shallow = (of: Element) => {
      this.#copied += 1;
      const copy = new Made(of.name, of.attribs, [], of.type);
      if (of.namespace !== undefined) copy.namespace = of.namespace;
      this.#written.set(copy, of);
      copies.push({ of, copy });
      return copy;
    };
    const whole = shallow(root);
    for (let next = copies.pop(); next !== undefined; next = copies.pop()) {
      const { of, copy } = next;
      copy.children = of.children.flatMap((child): ChildNode[] => {
        if (isElement(child)) return [shallow(child)];
        return child.type === 'text' ? [new Text(child.data)] : [];
      });
      link(copy);
    }
    return whole;
  }
}

function link(parent: Element): void {
  for (const [i, child] of parent.children.entries()) {
    child.parent = parent;
    child.prev = parent.children[i - 1] ?? null;
    child.next = parent.children[i + 1] ?? null;
  }
}

/** Of the rows of one group of a table: cells end with it. */
function formedGroup(rows: readonly Element[]): Map<Element, readonly Placed[]> {
  const formed = new Map<Element, readonly Placed[]>();
  let reaching: (Placed & { readonly until: number })[] = [];
  for (const [y, row] of rows.entries()) {
    const taken = new Set<number>();
    reaching = reaching.filter(({ until }) => until > y);
    for (const { column, width } of reaching) for (let x = column; x < column + width; x += 1) taken.add(x);
    const placed: Placed[] = [...reaching];
    let column = 0;
    for (const cell of childElements(row)) {
      if (cell.name !== 'td' && cell.name !== 'th') continue;
      while (taken.has(column)) column += 1;
      if (column >= MOST_COLUMNS) break;
      const width = Math.min(span(cell, 'colspan', 1), MOST_COLUMNS, MOST_COLUMNS - column);
      const height = span(cell, 'rowspan', 1);
      const each = { cell, column, width: Math.max(1, width) };
      placed.push(each);
      if (height !== 1) reaching.push({ ...each, until: height === 0 ? Infinity : y + Math.min(height, MOST_ROWS) });
      column += each.width;
    }
    formed.set(row, placed);
  }
  return formed;
}

/** As browsers read a number: `2px` is 2. Nought stands for all rows that are left, and is no number of columns. */
function span(cell: Element, name: 'rowspan' | 'colspan', otherwise: number): number {
  const [, digits] = /^[ \t\n\f\r]*\+?(\d{1,9})/.exec(cell.attribs[name] ?? '') ?? [];
  const value = digits === undefined ? otherwise : Number(digits);
  return name === 'colspan' && value === 0 ? otherwise : value;
}
