import { areAlikeAll } from './clusters.js';
import type { List, Row } from './lists.js';
import { ancestorsOf, descendantsOf, isInside, type PageIndex, type Part, textIn } from './page-index.js';
import { placeFactor } from './places.js';
import { sampleOf } from './sample.js';

export interface RankedList extends List {
  /** How likely it is what people come to the page for; above 0. */
  readonly score: number;
}

/** How many rows are looked into. */
const SAMPLE = 16;
const MOST_PARTS_OF_ROW = 300;
/** More text than this in a row makes it no better. */
const MUCH_TEXT = 500;
const MOST_RANKED = 40;
const HEADINGS = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
const LONG_PARAGRAPH = 80;
/** What has more values than these differs from row to row, however many rows there are: a category, say. */
const FEW_VALUES = 2;
/** So many that look alike are a list, and each of them one thing. */
const LEAST_ARTICLES = 3;

/** Best first. */
export function ranked(index: PageIndex, lists: readonly List[]): RankedList[] {
  const [page] = index.parts;
  if (!page) return [];
  const mass = Math.max(1, page.textLength + 30 * page.images);
  const rough = lists
    .filter(({ rows }) => rows.length > 1)
    .map((list) => ({ list, rough: roughScore(list) * placeOf(list, mass) }))
    .toSorted((a, b) => b.rough - a.rough)
    .slice(0, MOST_RANKED);
  const scored = rough.map(({ list, rough: score }) => ({ ...list, score: score * wealthOf(list) }));
  const weighed = scored.map((list) => ({ ...list, score: list.score * nestingOf(list, scored) }));
  return weighed.toSorted((a, b) => b.score - a.score);
}

/** How many rows, and how much there is in them. */
function roughScore({ rows }: List): number {
  let text = 0;
  for (const row of rows) text += Math.min(MUCH_TEXT, massOf(row));
  const few = rows.length < 4 ? 0.5 : 1;
  return few * Math.log2(1 + rows.length) * Math.sqrt(text);
}

function massOf({ head, tail }: Row): number {
  const mass = (part: Part) => part.textLength + 30 * Math.min(3, part.images);
  return tail.reduce((sum, part) => sum + mass(part), mass(head));
}

/** Navigation, side columns and adverts count less; what is in the main part more. */
function placeOf({ rows, parents }: List, mass: number): number {
  const [row] = rows;
  if (!row) return 0;
  let factor = 1;
  const around =
    parents.length === 1 && parents[0] ? [parents[0], ...ancestorsOf(parents[0])] : [...ancestorsOf(row.head)];
  for (const part of [row.head, ...around]) {
    if (part.tag === 'body' || part.tag === 'html') break;
    // What nearly all of the page stands in is no side column, whatever it is called.
    const share = (part.textLength + 30 * part.images) / mass;
    factor *= placeFactor(part, share);
  }
  return Math.max(factor, 0.05);
}

/** Rows with several fields that differ from row to row, with links of their own, headings and images are worth most. */
function wealthOf({ rows }: List): number {
  const sample = sampleOf(rows, SAMPLE);
  const fields = new Map<number, { rows: number; values: Set<string> }>();
  const targets = new Set<string>();
  let withLink = 0;
  let withHeading = 0;
  let withImage = 0;
  let links = 0;
  let text = 0;
  for (const row of sample) {
    const seen = new Set<number>();
    let href: string | null = null;
    let hasHeading = false;
    let hasImage = false;
    eachPartOf(row, (part, path) => {
      if (part.tag === 'a') href ??= part.node.attribs['href'] ?? null;
      else if (part.tag === 'img') hasImage = true;
      else if (HEADINGS.has(part.tag)) hasHeading = true;
      const value = part.tag === 'img' ? (part.node.attribs['src'] ?? '') : part.ownText;
      if (value === '' || seen.has(path)) return;
      seen.add(path);
      let field = fields.get(path);
      if (field === undefined) {
        field = { rows: 0, values: new Set() };
        fields.set(path, field);
      }
      field.rows += 1;
      if (field.values.size <= FEW_VALUES) field.values.add(value);
    });
    if (href !== null) targets.add(href);
    if (href !== null) withLink += 1;
    if (hasHeading) withHeading += 1;
    if (hasImage) withImage += 1;
    for (const part of [row.head, ...row.tail]) {
      links += part.linkTextLength;
      text += part.textLength;
    }
  }
  const n = sample.length;
  let varying = 0;
  for (const { rows: count, values } of fields.values())
    if (count >= n * 0.4 && values.size > Math.max(1, Math.min(FEW_VALUES, count * 0.2))) varying += 1;
  const hasLinks = withLink >= n * 0.7 && targets.size >= withLink * 0.7;
  let factor = 1 + 0.3 * Math.min(6, Math.max(0, varying - 1));
  if (varying === 0) factor *= 0.3;
  if (hasLinks) factor *= 1.4;
  if (withHeading >= n * 0.7) factor *= 1.3;
  if (withImage >= n * 0.7 && varying > 1) factor *= 1.15;
  // Menus are nothing but links; paragraphs have none and no fields.
  if (varying <= 1 && text > 0 && links / text > 0.9) factor *= 0.6;
  if (varying <= 1 && withLink === 0) factor *= 0.5;
  if (isProse(rows, links, text)) factor *= 0.5;
  return factor;
}

/** Paragraphs of a text are alike, and nobody's rows. */
function isProse(rows: readonly Row[], links: number, text: number): boolean {
  return rows[0]?.head.tag === 'p' && links < text / 2 && text > LONG_PARAGRAPH * Math.min(rows.length, SAMPLE);
}

/** With a hash of where each stands in its row. */
function eachPartOf({ head, tail }: Row, use: (part: Part, path: number) => void): void {
  let left = MOST_PARTS_OF_ROW;
  const visit = (part: Part, path: number) => {
    if (left === 0) return;
    left -= 1;
    use(part, path);
    for (const child of part.children)
      if (child.isShown) visit(child, (Math.imul(path, 31) + child.path + child.nth) | 0);
  };
  visit(head, 0);
  for (const [i, root] of tail.entries()) visit(root, i + 1);
}

/** Rows of a grid are no rows when what stands side by side in them is; else what is inside the rows of a list is none. */
function nestingOf(list: RankedList, all: readonly RankedList[]): number {
  let factor = 1;
  for (const other of all) {
    if (other === list) continue;
    if (isNested(other, list) && isGrid(other, list)) factor *= 0.3;
    else if (isNested(list, other) && !isGrid(list, other) && !areBodies(other))
      factor = Math.min(factor, isOfArticles(list, other) ? 0.2 : 0.5);
    else if (isInOneRow(list, other)) factor = Math.min(factor, 0.3);
  }
  return factor;
}

/** The paragraphs of one article among several, say. */
function isInOneRow({ rows }: List, { rows: outer }: List): boolean {
  const [first, last] = [rows[0]?.head, rows.at(-1)?.head];
  if (!first || !last || outer.length < LEAST_ARTICLES) return false;
  const around = outer.find(({ head }) => isInside(first, head) && head !== first);
  if (!around || !isInside(last, around.head)) return false;
  return areArticles({ rows: outer });
}

/** A table's rows are its rows in whichever of its bodies they stand. */
function areBodies({ rows }: List): boolean {
  return rows[0]?.head.tag === 'tbody';
}

/** The paragraphs of several articles. */
function isOfArticles({ rows }: List, outer: List): boolean {
  return rows[0]?.head.tag === 'p' && areArticles(outer);
}

function areArticles({ rows }: Pick<List, 'rows'>): boolean {
  return rows.every(({ head }) => head.tag === 'article' || head.node.attribs['itemtype'] !== undefined);
}

/** Every row of the outer list has two or more of the inner one in it, which make most of it. */
function isNested(inner: List, outer: List): boolean {
  if (inner.rows.length < outer.rows.length * 1.5) return false;
  const [first, last] = [outer.rows[0]?.head, outer.rows.at(-1)?.head];
  const [top, bottom] = [inner.rows[0]?.head, inner.rows.at(-1)?.head];
  if (!first || !last || !top || !bottom || bottom.index <= first.index || top.index >= last.end) return false;
  let at = 0;
  let inside = 0;
  let filled = 0;
  for (const { head, tail } of outer.rows) {
    const end = tail.at(-1)?.end ?? head.end;
    while ((inner.rows[at]?.head.index ?? Infinity) <= head.index) at += 1;
    const before = at;
    while ((inner.rows[at]?.head.index ?? Infinity) < end) at += 1;
    inside += at - before;
    if (at > before) filled += 1;
  }
  return inside >= inner.rows.length * 0.8 && filled >= outer.rows.length * 0.6;
}

/** What stands side by side in a row of the outer list is alike, and rich enough to stand alone. */
function isGrid(inner: List, outer: List): boolean {
  if (isOfArticles(inner, outer)) return false;
  const mass = (rows: readonly Row[]) => rows.reduce((sum, row) => sum + massOf(row), 0);
  if (mass(inner.rows) < mass(outer.rows) * 0.8) return false;
  if (inner.rows.some(({ tail }) => tail.length > 0)) return true;
  if (!isRich(inner)) return false;
  return sampleOf(outer.rows, 4).every(({ head }) =>
    areAlikeAll(inner.rows.filter((row) => isInside(row.head, head)).map((row) => row.head)),
  );
}

/** Its text, and where it leads: things of a shop may have one name and price. */
function contentOf({ head }: Row): string {
  const links = [...descendantsOf(head)].flatMap(({ node }) => node.attribs['href'] ?? []);
  return [textIn(head), ...links].join(' ');
}

/** Each row could stand alone: it has several fields, and a link, or a picture where a program makes the links. */
function isRich({ rows }: List): boolean {
  const sample = sampleOf(rows, SAMPLE);
  const rich = sample.filter(({ head }) => {
    let texts = 0;
    for (const part of descendantsOf(head)) if (part.ownText !== '' || part.tag === 'img') texts += 1;
    return texts > 1 && (head.links > 0 || (texts > 2 && head.images > 0));
  });
  return rich.length >= sample.length * 0.8 && new Set(sample.map(contentOf)).size > sample.length / 2;
}
