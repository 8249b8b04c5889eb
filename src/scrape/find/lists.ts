import {
  areAlike,
  type Cluster,
  clustersIn,
  featuresOf,
  haveSameCells,
  haveSameName,
  MOST_CLUSTERS,
  mayBeRow,
} from './clusters.js';
import { withoutHeading, withoutHeadingsBetween, withoutSameHeadings } from './headings.js';
import { isState, worth } from './names.js';
import { descendantsOf, groupBy, isInside, type PageIndex, type Part } from './page-index.js';
import { isAside } from './places.js';

/** One row: an element, and those after it that belong to it. */
export interface Row {
  readonly head: Part;
  readonly tail: readonly Part[];
}

export function isInRow(part: Part, { head, tail }: Row): boolean {
  return isInside(part, head) || tail.some((each) => isInside(part, each));
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
  'pre',
  'code',
  'button',
  'label',
  'em',
  'strong',
  'b',
  'i',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
]);
const LONG_TEXT = 60;
/** Of several tables that are one list. */
const SAME_CELLS = 0.8;
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

/** Every list on the page that may be one of rows, in no order. */
export function listsOn(index: PageIndex): List[] {
  const clusters: Cluster[] = [];
  const lists: List[] = [];
  for (const parent of index.parts) {
    if (parent.children.length < 2 || !parent.isShown || NOT_LISTS.has(parent.tag) || isText(parent)) continue;
    const own = clustersIn(parent);
    clusters.push(...own);
    const spread = spreadRows(parent, own);
    if (spread) lists.push(spread);
  }
  for (const alike of groupBy(clusters, pathOf).values()) lists.push(...united(alike));
  return [...lists, ...unitedSpread(index, lists)];
}

/** What is in it are words of a text: most of that stands around them. */
function isText({ ownText, textLength }: Part): boolean {
  return ownText.length > LONG_TEXT && ownText.length > textLength / 2;
}

function pathOf({ members }: Cluster): number {
  return members[0]?.path ?? 0;
}

/**
 * Of clusters with the same path of tags: each with several members, and all together where their parents are many
 * alike (a grid's rows, one list for each letter), or where the same class marks them all.
 */
function united(clusters: readonly Cluster[]): List[] {
  const lists: List[] = [];
  const several = clusters.filter(({ members }) => members.length > 1);
  if (several.length === 0) return lists;
  const bySize = several.toSorted((a, b) => b.members.length - a.members.length).slice(0, MOST_CLUSTERS);
  for (const { members, parent } of bySize) lists.push(listOf(withSameClass(members), [parent]));
  let left = clusters;
  // Much on a page may have one path, where everything is a `div`.
  for (const largest of bySize) {
    if (left.length < 2) break;
    if (!left.includes(largest)) continue;
    const alike = inOnePlace(left.filter((cluster) => isKin(cluster, largest)));
    const kin = new Set(alike);
    left = left.filter((cluster) => !kin.has(cluster) && cluster !== largest);
    const parents = [...new Set(alike.map(({ parent }) => parent))];
    const members = alike.flatMap((each) => each.members).toSorted((a, b) => a.index - b.index);
    // Beside a long list a short one is something else, unless it stands beside it and is called the same.
    const isShared = largest.members.length <= members.length * 0.6 || areNamedSiblings(parents);
    if (parents.length > 1 && isShared) lists.push(listOf(withSameClass(members), parents));
  }
  return lists;
}

function isKin(
  { features, parent, members: [first] }: Cluster,
  { features: others, parent: parentOfOthers, members: [example] }: Cluster,
): boolean {
  if (!first || !example || !areAlike(features, others)) return false;
  // In lists side by side that are called the same, some rows are called something besides: `new`, in any language.
  if (!haveSameName(example, first) && !(parent !== parentOfOthers && areNamedSiblings([parentOfOthers, parent])))
    return false;
  return haveSameCells(example, first, SAME_CELLS);
}

/** Those in the main part where some are in a side column: a shop shows a few of its goods there, too. */
function inOnePlace(clusters: readonly Cluster[]): readonly Cluster[] {
  if (clusters.length < 2) return clusters;
  const main = clusters.filter(({ parent }) => !isAside(parent));
  const count = (some: readonly Cluster[]) => some.reduce((sum, { members }) => sum + members.length, 0);
  return count(main) > count(clusters) / 2 ? main : clusters;
}

/** Also the bodies of one table. */
function areNamedSiblings([first, ...others]: readonly Part[]): boolean {
  if (!first || (first.tag !== 'tbody' && !first.classes.some((name) => worth(name) === 2))) return false;
  return others.every((part) => part.parent === first.parent && haveSameName(first, part));
}

function listOf(members: readonly Part[], parents: readonly Part[]): List {
  const rows = withoutHeadingsBetween(withoutHeading(parents.length === 1 ? members : withoutSameHeadings(members)));
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
  const byHead = groupBy(spread, ({ rows }) => rows[0]?.head.path ?? 0);
  const byPath = groupBy(
    byHead.size === 0 ? [] : index.parts.filter(({ path }) => byHead.has(path)),
    ({ path }) => path,
  );
  for (const [path, [example]] of byHead) {
    const first = example?.rows[0]?.head;
    if (!first) continue;
    const features = featuresOf(first);
    const heads = (byPath.get(path) ?? []).filter(
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
