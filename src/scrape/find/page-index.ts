import type { Element } from 'domhandler';
import type { Kind } from '../read/content-type.js';
import type { Node } from '../read/text.js';

/** A parsed page, as `MarkupDocument` has it. */
export interface FoundPage {
  /** `xml`: names of elements say what is in them, and none looks like anything. */
  readonly kind: Kind;
  readonly root: Node;
  readonly url: string;
  /** What an address on the page leads to, absolute; null when that is no web page. */
  webAddress(href: string): string | null;
  /** What a person sees of it. */
  textOf(node: Node): string;
  /** A row of a table, with each of its cells once for each row and column that it reaches over. */
  formed(row: Node): Node;
  /** The element of the tree of which one in a formed row is a copy; else the element itself. */
  written(node: Node): Node;
}

/** One element of the page, with what the finder asks again and again. */
export interface Part {
  readonly page: FoundPage;
  /** All of the page, in its order. */
  readonly all: readonly Part[];
  readonly node: Element;
  /** In the order of the page; the descendants have the numbers up to `end`. */
  readonly index: number;
  end: number;
  readonly parent: Part | null;
  children: Part[];
  readonly tag: string;
  readonly classes: readonly string[];
  /** As `:nth-of-type` counts. */
  nth: number;
  /** Among its parent's children, from 0. */
  readonly position: number;
  /** A hash of the tags from the root down to it. */
  readonly path: number;
  readonly isShown: boolean;
  /** A row of a table with cells that reach over others: its cells are counted as a reader sees them. */
  isFormed: boolean;
  /** Its own text nodes, white space collapsed. */
  ownText: string;
  /** Of everything shown in it: characters, those of links, links, images. */
  textLength: number;
  linkTextLength: number;
  links: number;
  images: number;
  /** Known once it was asked for. */
  text: string | null;
  /** A hash of the tags of everything in it. */
  shape: number;
  /** What is in the first element of the page with that shape, and so in this one; known once it was asked for. */
  alike: { features: ReadonlySet<number> | null };
}

export interface PageIndex {
  readonly page: FoundPage;
  readonly parts: readonly Part[];
  readonly byTag: ReadonlyMap<string, readonly Part[]>;
  readonly byClass: ReadonlyMap<string, readonly Part[]>;
}

/** A page of ten megabytes may have a million elements; lists show themselves in the first of them. */
const MAX_PARTS = 60_000;

const NOT_SHOWN = new Set(['head', 'script', 'style', 'template', 'noscript', 'svg', 'option', 'iframe', 'object']);
/** Their text is for no reader, and long. */
const PROGRAMS = new Set(['script', 'style']);
const HAS_TEXT = /[^\s\u200b]/;
const NO_CLASSES: readonly string[] = [];
/** Most elements have none. */
const NO_CHILDREN: Part[] = [];
const NO_FEATURES = Object.freeze({ features: null });
const INVISIBLE_STYLE = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;

/** The elements of a page, in its order; of a very large one the first of them. */
export function indexPage(page: FoundPage): PageIndex {
  const parts: Part[] = [];
  const waiting: { node: Node; parent: Part | null }[] = [{ node: page.root, parent: null }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent } = next;
    if (!('children' in node)) continue;
    const formed = 'name' in node && node.name === 'tr' && !isLineAcross(node) ? (page.formed(node) as Element) : node;
    const { children } = formed;
    let part = parent;
    if ('attribs' in node) {
      if (parts.length === MAX_PARTS) break;
      part = makePart({ page, all: parts }, node as Element, parent, parts.length);
      part.isFormed = formed !== node;
      parts.push(part);
      addChild(parent, part);
    }
    let ownText = '';
    if (!part || !PROGRAMS.has(part.tag))
      for (const child of children) if (child.type === 'text') ownText += child.data;
    // Most of it is what stands between lines of markup.
    if (part && ownText !== '' && HAS_TEXT.test(ownText)) part.ownText = collapsed(ownText);
    for (let i = children.length - 1; i >= 0; i -= 1) {
      const child = children[i];
      if (child && 'children' in child) waiting.push({ node: child, parent: part });
    }
  }
  const counts = new Map<string, number>();
  const shapes = new Map<number, Part['alike']>();
  for (let i = parts.length - 1; i >= 0; i -= 1) {
    const part = parts[i] as Part;
    addUp(part);
    part.alike = sameShape(part, shapes);
    numberChildren(part, counts);
  }
  return {
    page,
    parts,
    byTag: groupBy(parts, ({ tag }) => tag),
    byClass: byClasses(parts),
  };
}

/** One cell over the whole width is a heading among the rows, and not as many cells. */
function isLineAcross(row: Element): boolean {
  const [cell, ...others] = row.children.filter((child) => 'attribs' in child);
  return cell !== undefined && others.length === 0 && 'attribs' in cell && Number(cell.attribs['colspan'] ?? 1) > 1;
}

function addChild(parent: Part | null, part: Part): void {
  if (parent === null) return;
  if (parent.children === NO_CHILDREN) parent.children = [part];
  else parent.children.push(part);
}

/** `counts` is empty, and left so. */
function numberChildren({ children }: Part, counts: Map<string, number>): void {
  if (children.length < 2) return;
  for (const child of children) {
    child.nth = (counts.get(child.tag) ?? 0) + 1;
    counts.set(child.tag, child.nth);
  }
  counts.clear();
}

function makePart({ page, all }: Pick<Part, 'page' | 'all'>, node: Element, parent: Part | null, index: number): Part {
  const tag = node.name;
  const { attribs } = node;
  const isShown =
    (parent?.isShown ?? true) &&
    !NOT_SHOWN.has(tag) &&
    attribs['hidden'] === undefined &&
    !(attribs['style'] !== undefined && INVISIBLE_STYLE.test(attribs['style']));
  return {
    page,
    all,
    node,
    index,
    end: index + 1,
    parent,
    children: NO_CHILDREN,
    tag,
    classes: classesIn(attribs['class']),
    nth: 1,
    position: parent?.children.length ?? 0,
    path: (Math.imul(parent?.path ?? 17, 31) + hashOf(tag)) | 0,
    isShown,
    isFormed: false,
    ownText: '',
    textLength: 0,
    linkTextLength: 0,
    links: 0,
    images: 0,
    text: null,
    shape: 0,
    alike: NO_FEATURES,
  };
}

function classesIn(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return NO_CLASSES;
  if (!/[\t\n\f\r ]/.test(text)) return [text];
  return text.split(/[\t\n\f\r ]+/).filter((name) => name !== '');
}

/** As a cell has it. */
export function textIn(part: Part): string {
  part.text ??= part.page.textOf(part.node);
  return part.text;
}

/** Children come after their parents, so that theirs is known already when this goes through the page backwards. */
function addUp(part: Part): void {
  const { children, tag } = part;
  part.end = children.at(-1)?.end ?? part.index + 1;
  if (!part.isShown) return;
  part.textLength = part.ownText.length;
  if (tag === 'img') part.images = 1;
  for (const child of children) {
    part.textLength += child.textLength;
    part.linkTextLength += child.linkTextLength;
    part.links += child.links;
    part.images += child.images;
  }
  if (tag !== 'a') return;
  part.linkTextLength = part.textLength;
  if (part.node.attribs['href'] !== undefined) part.links += 1;
}

function sameShape(part: Part, shapes: Map<number, Part['alike']>): Part['alike'] {
  let shape = hashOf(part.tag);
  for (const child of part.children) shape = (Math.imul(shape ^ child.shape, 0x01000193) + 1) | 0;
  part.shape = shape;
  let alike = shapes.get(shape);
  if (alike === undefined) {
    alike = { features: null };
    shapes.set(shape, alike);
  }
  return alike;
}

/** Runs of white space as one space; an invisible space is none. */
export function collapsed(text: string): string {
  // Single spaces, most of it, are passed over.
  return text.replace(/[\s\u200b]{2,}|[^\S ]|\u200b/g, ' ').trim();
}

/** Of a tag's name. */
export function hashOf(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 33) + text.charCodeAt(i)) | 0;
  return hash;
}

function byClasses(parts: readonly Part[]): Map<string, Part[]> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    for (const name of part.classes) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [part]);
      // A class may be written twice.
      else if (group.at(-1) !== part) group.push(part);
    }
  }
  return groups;
}

export function groupBy<T, K>(things: Iterable<T>, keyOf: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}

export function isInside(part: Part, outer: Part): boolean {
  return part.index >= outer.index && part.index < outer.end;
}

/** From the parent up to the root. */
export function* ancestorsOf(part: Part): Generator<Part> {
  for (let up = part.parent; up !== null; up = up.parent) yield up;
}

/** In the order of the page. */
export function* descendantsOf({ all, index, end }: Part): Generator<Part> {
  for (let i = index + 1; i < end; i += 1) yield all[i] as Part;
}

export function siblingBefore(part: Part): Part | null {
  return part.parent?.children[part.position - 1] ?? null;
}
