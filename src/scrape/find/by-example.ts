import { isInRow } from './lists.js';
import { collapsed, isInside, type PageIndex, type Part, textIn } from './page-index.js';
import type { RankedList } from './rank.js';

const MOST_PARTS = 12;
const ATTRIBUTES = ['alt', 'title', 'content', 'datetime', 'href', 'src', 'value', 'aria-label'];

/** The elements that have a text: those whose whole text it is before those that it is a part of, the innermost of each. */
export function exampleParts(index: PageIndex, text: string): Part[] {
  const wanted = comparable(text);
  if (wanted === '') return [];
  const whole: Part[] = [];
  const partly: Part[] = [];
  for (const part of index.parts) {
    if (!part.isShown && attributeWith(part, text) === null) continue;
    // Nothing is shown in fewer letters than it is written with.
    const isShort = part.textLength > 0 && part.textLength < wanted.length * 20 + 400;
    const shown = isShort ? comparable(textIn(part)) : '';
    if (shown === wanted || (shown === '' && attributeWith(part, text) !== null)) whole.push(part);
    else if (shown.includes(wanted)) partly.push(part);
  }
  return [...innermost(whole), ...innermost(partly)].slice(0, MOST_PARTS);
}

/** Without those that another one is in. Each comes after what it is in. */
function innermost(parts: readonly Part[]): Part[] {
  return parts.filter((part, i) => {
    const next = parts[i + 1];
    return next === undefined || !isInside(next, part);
  });
}

/** Where an element has a text: `text`, or the name of an attribute; null when it has not. */
export function attributeWith(part: Part, text: string): string | null {
  const wanted = comparable(text);
  if (part.textLength > 0 && comparable(textIn(part)).includes(wanted)) return 'text';
  const { attribs } = part.node;
  return ATTRIBUTES.find((name) => comparable(attribs[name] ?? '') === wanted) ?? null;
}

/** Letters that look alike are the same: full-width and others, large and small. */
export function comparable(text: string): string {
  return collapsed(text.normalize('NFKC').toLowerCase());
}

/** The lists with an element in one of their rows, best first. */
export function listsWith(lists: readonly RankedList[], part: Part): readonly RankedList[] {
  return lists.filter(({ rows }) => rows.some((row) => isInRow(part, row)));
}
