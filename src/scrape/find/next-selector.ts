import { isMarked, plainText, SCRIPTED } from './link-text.js';
import { isStable, isState, wordsOf, worth } from './names.js';
import { NEXT_TEXTS } from './next-words.js';
import { descendantsOf, type PageIndex, type Part, textIn } from './page-index.js';
import { ownCompounds } from './row-selector.js';
import { type Compound, type Selector, selectAll, within, written } from './simple-selector.js';

/**
 * The shortest selector whose first element on the page is the link, one that says "next" wherever possible: on the
 * next page the same one must find the link to the page after it.
 */
export function nextSelector(index: PageIndex, part: Part): string {
  for (const selector of selectorsFor(part))
    if (selectAll(index, selector)[0] === part || sameTarget(selectAll(index, selector)[0], part))
      return written(selector);
  return '';
}

function sameTarget(found: Part | undefined, part: Part): boolean {
  if (!found) return false;
  const target = ({ node }: Part) => node.attribs['href'] ?? '';
  return found.tag === part.tag && target(found) === target(part) && !SCRIPTED.test(target(found));
}

function* selectorsFor(part: Part): Generator<Selector> {
  const { tag, node, parent } = part;
  const rel = node.attribs['rel'];
  if (rel !== undefined && /\bnext\b/i.test(rel)) yield within({ tag, attribute: { name: 'rel', value: rel } });
  const isNext = (name: string) =>
    isStable(name) && wordsOf(name).some((word) => word === 'next' || word === 'nextpage' || word === 'older');
  for (const name of part.classes) if (isNext(name)) yield within({ tag, classes: [name] });
  const id = node.attribs['id'];
  if (id !== undefined && isNext(id)) yield within({ id });
  for (const name of parent?.classes ?? []) if (isNext(name)) yield within({ classes: [name] }, { tag });
  const parentId = parent?.node.attribs['id'];
  if (parentId !== undefined && isNext(parentId)) yield within({ id: parentId }, { tag });
  const around = pagersAround(part);
  const conditions: Compound[] = [];
  for (const name of ['aria-label', 'title']) {
    const value = node.attribs[name];
    if (value !== undefined && NEXT_TEXTS.has(plainText(value))) conditions.push({ tag, attribute: { name, value } });
  }
  const image = [...descendantsOf(part)].find(
    (inner) => inner.tag === 'img' && (inner.node.attribs['alt'] ?? '') !== '',
  );
  if (image)
    conditions.push({
      tag,
      has: within({ tag: 'img', attribute: { name: 'alt', value: image.node.attribs['alt'] ?? '' } }),
    });
  const text = textIn(part);
  // A number is another one on the next page.
  if (text !== '' && !/\d/.test(text)) conditions.push({ tag, contains: text });
  for (const condition of conditions) {
    yield within(condition);
    for (const outer of around) yield within(outer, condition);
  }
  yield* afterCurrent(part, around);
  for (const outer of around) for (const own of ownCompounds([part])) yield within(outer, own);
  for (const outer of around) yield within(outer, { tag, nth: part.nth });
  if (parent) yield within({ tag: parent.tag, nth: parent.nth }, { tag, nth: part.nth });
}

/** `li.active + li a`, `strong + a`. */
function* afterCurrent(part: Part, around: readonly Compound[]): Generator<Selector> {
  let at: Part = part;
  for (let depth = 0; depth < 3; depth += 1) {
    const before: Part | undefined = at.parent?.children[at.position - 1];
    if (before) {
      const current = before.classes.filter(
        (name) => (isStable(name) && isMarked(before) && isState(name)) || /current|active|selected|now/i.test(name),
      );
      const compounds: Compound[] = current.map((name) => ({ tag: before.tag, classes: [name] }));
      if (before.tag !== at.tag) compounds.push({ tag: before.tag });
      for (const compound of compounds) {
        const next: Selector = [
          { combinator: ' ', compound },
          { combinator: '+', compound: { tag: at.tag } },
          ...(at === part ? [] : ([{ combinator: ' ', compound: { tag: part.tag } }] as const)),
        ];
        yield next;
        for (const outer of around) yield [{ combinator: ' ', compound: outer }, ...next];
      }
    }
    if (!at.parent) return;
    at = at.parent;
  }
}

function pagersAround(part: Part): Compound[] {
  const compounds: Compound[] = [];
  for (let up = part.parent, depth = 0; up !== null && depth < 5; up = up.parent, depth += 1) {
    const id = up.node.attribs['id'];
    if (id !== undefined && isStable(id)) compounds.push({ id });
    for (const name of up.classes) if (worth(name) === 2) compounds.push({ tag: up.tag, classes: [name] });
  }
  return compounds;
}
