import { isState, worth } from './names.js';
import { groupBy, hashOf, type Part } from './page-index.js';

/** What is never a row, and says nothing of what one is like. */
const NOT_ROWS = new Set([
  'br',
  'hr',
  'wbr',
  'script',
  'style',
  'noscript',
  'template',
  'col',
  'colgroup',
  'thead',
  'tfoot',
  'link',
  'meta',
  'input',
  'option',
  'source',
  'iframe',
  'caption',
]);
/** Words and marks inside a text. */
const INLINE = new Set([
  'b',
  'i',
  'em',
  'strong',
  'small',
  'font',
  'sup',
  'sub',
  'code',
  'u',
  'abbr',
  'img',
  'button',
  'label',
  'textarea',
  'rt',
  'rp',
]);

const MOST_FEATURES = 60;
const FEATURE_DEPTH = 4;
export const MOST_CLUSTERS = 12;
const LEAST_CELLS = 4;
/** Of one element: more look alike anyhow. */
const MOST_CHILDREN = 5_000;

/** A cluster among the children of one element. */
export interface Cluster {
  readonly parent: Part;
  readonly features: ReadonlySet<number>;
  readonly members: Part[];
}

/** The children of an element, those that are alike together. Of those alone in their cluster there may be others elsewhere. */
export function clustersIn(parent: Part): Cluster[] {
  const clusters: Cluster[] = [];
  const first = parent.children.length > MOST_CHILDREN ? parent.children.slice(0, MOST_CHILDREN) : parent.children;
  const children = first.filter(mayBeRow);
  // The cells of most rows have nothing but a text in them.
  if (parent.tag === 'tr' && children.filter((cell) => cell.children.length > 0).length < 2) return clusters;
  for (const part of commonestFirst(children)) {
    const features = featuresOf(part);
    const cluster = clusterFor(clusters, part, features);
    if (cluster) cluster.members.push(part);
    else if (clusters.length < MOST_CLUSTERS) clusters.push({ parent, features, members: [part] });
  }
  for (const { members } of clusters) if (members.length > 1) members.sort((a, b) => a.index - b.index);
  return clusters.sort((a, b) => (a.members[0]?.index ?? 0) - (b.members[0]?.index ?? 0));
}

/** What most children are like makes the clusters, not the heading that comes first. */
function commonestFirst(children: readonly Part[]): readonly Part[] {
  const [first] = children;
  if (children.length < 3 || children.every(({ shape }) => shape === first?.shape)) return children;
  const byShape = groupBy(children, ({ shape }) => shape);
  return [...byShape.values()].sort((a, b) => b.length - a.length).flat();
}

export function mayBeRow(part: Part): boolean {
  if (!part.isShown || NOT_ROWS.has(part.tag)) return false;
  return part.textLength > 0 || part.images > 0;
}

/** What is in an element: the paths of tags down to some depth, and which cells a table's row has. */
export function featuresOf(part: Part): ReadonlySet<number> {
  part.alike.features ??= collectFeatures(part);
  return part.alike.features;
}

function collectFeatures(part: Part): Set<number> {
  const features = new Set<number>([hashOf(part.tag)]);
  const waiting: [part: Part, path: number, depth: number][] = [[part, hashOf(part.tag), 0]];
  // Of several that are the same, one is enough.
  const seen = new Set<number>();
  for (let i = 0; i < waiting.length && features.size < MOST_FEATURES; i += 1) {
    const [outer, path, depth] = waiting[i] as [Part, number, number];
    for (const child of outer.children) {
      if (NOT_ROWS.has(child.tag) || INLINE.has(child.tag)) continue;
      const below = (Math.imul(path, 31) + hashOf(child.tag)) | 0;
      features.add(below);
      if ((child.tag === 'td' || child.tag === 'th') && depth === 0) features.add((below + child.position + 1) | 0);
      const kind = (Math.imul(below, 31) + child.shape) | 0;
      if (depth === FEATURE_DEPTH || child.children.length === 0 || seen.has(kind)) continue;
      seen.add(kind);
      waiting.push([child, below, depth + 1]);
    }
  }
  return features;
}

/** How much of the larger and of the smaller is in both. */
function likeness(a: ReadonlySet<number>, b: ReadonlySet<number>): { ofSmaller: number; ofLarger: number } {
  let common = 0;
  for (const feature of a) if (b.has(feature)) common += 1;
  return { ofSmaller: common / Math.min(a.size, b.size), ofLarger: common / Math.max(a.size, b.size) };
}

/** A card without some of its fields is still a card. */
export function areAlike(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  if (a === b) return true;
  const { ofSmaller, ofLarger } = likeness(a, b);
  return ofSmaller >= 0.65 && ofLarger >= 0.3;
}

/** The cluster of an element: one that it shares a class with, else one that it is even more alike. */
function clusterFor(clusters: readonly Cluster[], part: Part, own: ReadonlySet<number>): Cluster | undefined {
  if (clusters.length === 0) return undefined;
  const alike = clusters.filter(({ members: [first], features }) => {
    if (!first || first.tag !== part.tag || !areAlike(features, own) || !haveSameCells(first, part)) return false;
    return first.node.attribs['itemtype'] === part.node.attribs['itemtype'];
  });
  const unlike = (first: Part | undefined) =>
    first === undefined || (!haveEqualCells(first, part) && holdOtherNames(first, part));
  return (
    alike.find(({ members: [first] }) => first && shareName(first, part)) ??
    alike.find(({ members: [first] }) => first && haveSameName(first, part) && !unlike(first)) ??
    alike.find(({ members: [first], features }) => likeness(features, own).ofLarger >= 0.75 && !unlike(first))
  );
}

/** The classes of what is in one are all others than in the other: the first and the second line of a row. */
function holdOtherNames(a: Part, b: Part): boolean {
  const names = namesIn(a);
  const others = namesIn(b);
  if (names.size === 0 || others.size === 0) return false;
  for (const name of names) if (others.has(name)) return false;
  return true;
}

function namesIn(part: Part): Set<string> {
  const inside = part.children.flatMap((child) => [child, ...child.children]);
  return new Set(inside.flatMap(({ classes }) => classes.filter((name) => !/\d/.test(name) && worth(name) > 0)));
}

/** A line across a table is no row of it. */
export function haveSameCells(a: Part, b: Part, share = 0.6): boolean {
  if (a.tag !== 'tr') return true;
  const [x, y] = [a.children.length, b.children.length];
  return Math.min(x, y) >= Math.max(x, y) * share;
}

/** Cell by cell the same: what their classes say then is what the values are, such as good or bad. */
function haveEqualCells(a: Part, b: Part): boolean {
  if (a.tag !== 'tr' || a.children.length < LEAST_CELLS) return false;
  return a.children.length === b.children.length && a.children.every(({ tag }, i) => b.children[i]?.tag === tag);
}

/** Both have no class, or they share one. */
export function haveSameName(a: Part, b: Part): boolean {
  return shareName(a, b) || (a.classes.every(isState) && b.classes.every(isState));
}

function shareName(a: Part, b: Part): boolean {
  return a.classes.some((name) => b.classes.includes(name) && !isState(name));
}

/** Whether each could stand in the other's place. */
export function areAlikeAll(parts: readonly Part[]): boolean {
  const [first, ...others] = parts.map(featuresOf);
  return first === undefined || others.every((features) => likeness(first, features).ofLarger >= 0.6);
}
