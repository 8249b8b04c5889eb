import { withoutHeading } from './headings.js';
import { isState, worth } from './names.js';
import { descendantsOf, groupBy, hashOf, type PageIndex, type Part } from './page-index.js';

/** One row: an element, and those after it that belong to it. */
export interface Row {
  readonly head: Part;
  readonly tail: readonly Part[];
}

/** Elements that look alike. */
export interface List {
  readonly rows: readonly Row[];
  /** The elements that the rows stand in, each once. */
  readonly parents: readonly Part[];
}

/** Their children are no rows. */
const NOT_LISTS = new Set([
  'head',
  'select',
  'svg',
  'ruby',
  'picture',
  'video',
  'audio',
  'colgroup',
  'map',
  'datalist',
]);
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

/** What stands in a line beside others begins no row. */
const NEVER_HEADS = new Set([
  'td',
  'th',
  'span',
  'a',
  'li',
  'label',
  'i',
  'b',
  'em',
  'strong',
  'small',
  'img',
  'button',
  'input',
]);

const MOST_FEATURES = 60;
const FEATURE_DEPTH = 4;
const MOST_CLUSTERS = 12;
/** Of one element: more look alike anyhow. */
const MOST_CHILDREN = 5_000;

/** A cluster among the children of one element. */
interface Cluster {
  readonly parent: Part;
  readonly features: ReadonlySet<number>;
  readonly members: Part[];
}

/** Every list on the page that may be one of rows, in no order. */
export function listsOn(index: PageIndex): List[] {
  const clusters: Cluster[] = [];
  const lists: List[] = [];
  for (const parent of index.parts) {
    if (parent.children.length < 2 || !parent.isShown || NOT_LISTS.has(parent.tag)) continue;
    const own = clustersIn(parent);
    clusters.push(...own);
    const spread = spreadRows(parent, own);
    if (spread) lists.push(spread);
  }
  for (const alike of groupBy(clusters, pathOf).values()) lists.push(...united(alike));
  return [...lists, ...unitedSpread(index, lists)];
}

function pathOf({ members }: Cluster): number {
  return members[0]?.path ?? 0;
}

/** The children of an element, those that are alike together. Of those alone in their cluster there may be others elsewhere. */
function clustersIn(parent: Part): Cluster[] {
  const clusters: Cluster[] = [];
  const children = parent.children.slice(0, MOST_CHILDREN).filter(mayBeRow);
  const known = children.map((part) => ({ part, features: featuresOf(part) }));
  // What most children are like makes the clusters, not the heading that comes first.
  const byShape = groupBy(known, ({ part, features }) => `${part.tag} ${[...features].join(' ')}`);
  for (const alike of [...byShape.values()].toSorted((a, b) => b.length - a.length)) {
    for (const { part, features } of alike) {
      const cluster = clusterFor(clusters, part, features);
      if (cluster) cluster.members.push(part);
      else if (clusters.length < MOST_CLUSTERS) clusters.push({ parent, features, members: [part] });
    }
  }
  for (const { members } of clusters) members.sort((a, b) => a.index - b.index);
  return clusters.toSorted((a, b) => (a.members[0]?.index ?? 0) - (b.members[0]?.index ?? 0));
}

function mayBeRow(part: Part): boolean {
  if (!part.isShown || NOT_ROWS.has(part.tag)) return false;
  return part.textLength > 0 || part.images > 0;
}

/** What is in an element: the paths of tags down to some depth, and which cells a table's row has. */
function featuresOf(part: Part): Set<number> {
  const features = new Set<number>([hashOf(part.tag)]);
  const waiting: [part: Part, path: number, depth: number][] = [[part, hashOf(part.tag), 0]];
  for (let i = 0; i < waiting.length && features.size < MOST_FEATURES; i += 1) {
    const [outer, path, depth] = waiting[i] as [Part, number, number];
    for (const child of outer.children) {
      if (NOT_ROWS.has(child.tag) || INLINE.has(child.tag)) continue;
      const below = (Math.imul(path, 31) + hashOf(child.tag)) | 0;
      features.add(below);
      if ((child.tag === 'td' || child.tag === 'th') && depth === 0) features.add((below + child.position + 1) | 0);
      if (depth < FEATURE_DEPTH) waiting.push([child, below, depth + 1]);
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
function areAlike(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  const { ofSmaller, ofLarger } = likeness(a, b);
  return ofSmaller >= 0.65 && ofLarger >= 0.3;
}

/** The cluster of an element: one that it shares a class with, else one that it is even more alike. */
function clusterFor(clusters: readonly Cluster[], part: Part, own: ReadonlySet<number>): Cluster | undefined {
  const alike = clusters.filter(({ members: [first], features }) => {
    if (!first || first.tag !== part.tag || !areAlike(features, own) || !haveSameCells(first, part)) return false;
    return first.node.attribs['itemtype'] === part.node.attribs['itemtype'];
  });
  const unlike = (first: Part | undefined) => first === undefined || holdOtherNames(first, part);
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
function haveSameCells(a: Part, b: Part): boolean {
  if (a.tag !== 'tr') return true;
  const [x, y] = [a.children.length, b.children.length];
  return Math.min(x, y) >= Math.max(x, y) * 0.6;
}

/** Both have no class, or they share one. */
function haveSameName(a: Part, b: Part): boolean {
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

/**
 * Of clusters with the same path of tags: each with several members, and all together where their parents are many
 * alike (a grid's rows, one list for each letter), or where the same class marks them all.
 */
function united(clusters: readonly Cluster[]): List[] {
  const lists: List[] = [];
  const several = clusters.filter(({ members }) => members.length > 1);
  if (several.length === 0) return [];
  const bySize = several.toSorted((a, b) => b.members.length - a.members.length).slice(0, MOST_CLUSTERS);
  for (const { members, parent } of bySize) lists.push(listOf(withSameClass(members), [parent]));
  const [largest] = bySize;
  if (!largest || clusters.length < 2) return lists;
  const [example] = largest.members;
  const alike = clusters.filter(({ features, members: [first] }) => {
    return areAlike(features, largest.features) && first && example && haveSameName(example, first);
  });
  const parents = [...new Set(alike.map(({ parent }) => parent))];
  const members = alike.flatMap((each) => each.members).toSorted((a, b) => a.index - b.index);
  // Beside a long list a short one is something else.
  if (parents.length > 1 && largest.members.length <= members.length * 0.6)
    lists.push(listOf(withSameClass(members), parents));
  return lists;
}

function listOf(members: readonly Part[], parents: readonly Part[]): List {
  const rows = parents.length === 1 ? withoutHeading(members) : members;
  const heads = unwrapped(rows);
  if (heads === rows) return { rows: rows.map((head) => ({ head, tail: [] })), parents };
  return { rows: heads.map((head) => ({ head, tail: [] })), parents: [...rows] };
}

/**
 * Where the elements only say where something stands (`div.col-md-4`) and nearly each holds one that says what it is
 * (`div.card`), those.
 */
function unwrapped(rows: readonly Part[]): readonly Part[] {
  if (rows.length < 2 || rows.some(isNamed)) return rows;
  const inner = rows.flatMap((row) => {
    const [only, ...others] = row.children.filter(mayBeRow);
    return only && others.length === 0 && only.textLength === row.textLength && only.children.length > 0 ? [only] : [];
  });
  const named = inner.filter(isNamed);
  if (named.length < rows.length * 0.8 || new Set(named.map(({ tag }) => tag)).size > 1) return rows;
  const kept = withSameClass(named);
  return kept.length >= rows.length * 0.8 ? kept : rows;
}

function isNamed({ tag, classes, node }: Part): boolean {
  if (tag === 'article' || node.attribs['itemscope'] !== undefined) return true;
  return tag !== 'td' && tag !== 'tr' && classes.some((name) => worth(name) === 2);
}

/** Without the few that have no class of those that most have: headings and adverts among the rows. */
function withSameClass(members: readonly Part[]): readonly Part[] {
  const counts = new Map<string, number>();
  for (const { classes } of members) for (const name of new Set(classes)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const common = [...counts].filter(([name, count]) => count >= members.length * 0.6 && !isState(name));
  if (common.length === 0) return members;
  const names = new Set(common.map(([name]) => name));
  return members.filter(({ classes }) => classes.some((name) => names.has(name)));
}

/**
 * Rows of several siblings: `dt` and `dd`, a heading and its paragraph, three rows of a table. Between two heads each
 * of the others comes once at most. Null when the children of an element are not like that.
 */
function spreadRows(parent: Part, clusters: readonly Cluster[]): List | null {
  const [first, ...others] = clusters;
  if (!first || others.length === 0) return null;
  const [example] = first.members;
  if (first.members.length < 2 || !example || NEVER_HEADS.has(example.tag)) return null;
  const head = first;
  const heads = new Set(withSameClass(head.members));
  const count = heads.size;
  const clusterOf = new Map(others.flatMap((cluster) => cluster.members.map((member) => [member, cluster] as const)));
  const rows: { head: Part; tail: Part[] }[] = [];
  const seen = new Map<Cluster, number>();
  let twice = 0;
  let inRow = new Set<Cluster>();
  for (const child of parent.children) {
    if (heads.has(child)) {
      rows.push({ head: child, tail: [] });
      inRow = new Set();
      continue;
    }
    const row = rows.at(-1);
    if (!row) continue;
    row.tail.push(child);
    const cluster = clusterOf.get(child);
    if (!cluster) continue;
    if (inRow.has(cluster)) twice += 1;
    else seen.set(cluster, (seen.get(cluster) ?? 0) + 1);
    inRow.add(cluster);
  }
  const regular = [...seen].filter(([, times]) => times >= count * 0.6).map(([cluster]) => cluster);
  if (regular.length === 0 || twice > count * 0.2) return null;
  if (regular.some((cluster) => isRowItself(cluster, head))) return null;
  return { rows: withoutRest(rows, regular), parents: [parent] };
}

/** What comes after a heading is the row when it has a heading and links of its own, and the first none. */
function isRowItself(cluster: Cluster, head: Cluster): boolean {
  const [example] = cluster.members;
  const [first] = head.members;
  if (!example || !first || first.links > 0) return false;
  let hasHeading = false;
  for (const { tag } of descendantsOf(example)) if (/^h[1-6]$/.test(tag)) hasHeading = true;
  return hasHeading && example.links > 0;
}

/** The last row ends where the others end: what comes after it is no longer of the list. */
function withoutRest(rows: readonly Row[], regular: readonly Cluster[]): Row[] {
  const members = new Set(regular.flatMap((cluster) => cluster.members));
  return rows.map(({ head, tail }) => ({
    head,
    tail: tail.slice(0, tail.findLastIndex((part) => members.has(part)) + 1),
  }));
}

/** A list of such rows for each letter of an alphabet is one list, also where a letter has one row only. */
function unitedSpread(index: PageIndex, lists: readonly List[]): List[] {
  const spread = lists.filter(({ rows }) => rows.some(({ tail }) => tail.length > 0));
  const united: List[] = [];
  for (const [path, [example]] of groupBy(spread, ({ rows }) => rows[0]?.head.path ?? 0)) {
    const first = example?.rows[0]?.head;
    if (!first) continue;
    const features = featuresOf(first);
    const heads = (index.byPath.get(path) ?? []).filter(
      (part) => mayBeRow(part) && haveSameName(first, part) && areAlike(featuresOf(part), features),
    );
    const parents = [...new Set(heads.flatMap(({ parent }) => (parent ? [parent] : [])))];
    if (parents.length < 2) continue;
    const isHead = new Set(heads);
    united.push({ rows: heads.map((head) => ({ head, tail: siblingsUpTo(head, isHead) })), parents });
  }
  return united;
}

function siblingsUpTo(head: Part, heads: ReadonlySet<Part>): Part[] {
  const after = head.parent?.children.slice(head.position + 1) ?? [];
  const end = after.findIndex((part) => heads.has(part));
  return end < 0 ? after : after.slice(0, end);
}
