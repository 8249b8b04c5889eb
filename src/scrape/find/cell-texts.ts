import type { Field } from './fields.js';
import { saysField } from './names.js';
import { collapsed, descendantsOf, type Part } from './page-index.js';

/** What separates words and lines: an element with such children is more than one text. */
const BLOCKS = new Set(
  'address article aside blockquote dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header li main nav ol p pre section table tbody td tfoot th thead tr ul center'.split(
    ' ',
  ),
);
const PROSE = new Set(
  'p br blockquote ul ol pre b strong em i a span img hr small font center sup sub code'.split(' '),
);
const MARKS = new Set(['b', 'strong', 'span', 'em', 'i', 'label', 'dt', 'a', 'br', 'img', 'font', 'small', 'u']);
const LONG_TEXT = 60;

/** A text as somebody wrote it is one cell, however many paragraphs and links are in it. */
export function isProse({ elements, isRow, isRepeated }: Field): boolean {
  const parts = elements.filter((part) => part !== null && part.children.length > 0) as Part[];
  if (isRow || isRepeated || parts.length === 0) return false;
  const counts = parts.map(({ children }) => children.filter(isParagraph).length);
  const most = Math.max(...counts);
  const areAsMany = most > 2 || (most === 2 && counts.some((count) => count < 2));
  if (areAsMany && parts.every(({ children }) => children.every(isOfProse))) return true;
  const own = parts.reduce((sum, { ownText }) => sum + ownText.length, 0);
  const isLong = own > LONG_TEXT * parts.length && parts.some(hasBlocks);
  return isLong && parts.every(({ children }) => children.every((child) => isOfProse(child) || isBare(child)));
}

function isParagraph({ tag, classes }: Part): boolean {
  return tag === 'p' && classes.length === 0;
}

function isBare({ tag, classes }: Part): boolean {
  return tag === 'div' && classes.length === 0;
}

function isOfProse({ tag, classes }: Part): boolean {
  return PROSE.has(tag) && !classes.some(saysField);
}

/** How an element's text is a cell: whole when there are no blocks in it, its own when there are. Null when it is not. */
export function textsOf(parts: readonly Part[]): { attribute: string; isPlain: boolean } | null {
  const withOwn = parts.filter(({ ownText }) => /[\p{L}\p{N}]/u.test(ownText)).length;
  const withText = parts.filter(({ textLength }) => textLength > 0);
  if (withText.length === 0) return null;
  const [first] = withText;
  const holdsBlocks = withText.filter(hasBlocks).length > withText.length * 0.3;
  if (holdsBlocks) {
    // A cell of a table is one value whatever is in it.
    if (first?.tag === 'td' || first?.tag === 'th' || first?.tag === 'dd') return { attribute: 'text', isPlain: true };
    return withOwn > parts.length * 0.3 ? { attribute: 'text-own', isPlain: true } : null;
  }
  const isMixed = withText.some(({ children }) => children.filter(({ textLength }) => textLength > 0).length > 1);
  if (withOwn > 0 || isMixed) return { attribute: 'text', isPlain: true };
  // What only wraps another element has that one's text.
  return BLOCKS.has(first?.tag ?? '') ? { attribute: 'text', isPlain: true } : null;
}

function hasBlocks(part: Part): boolean {
  for (const inner of descendantsOf(part)) if (BLOCKS.has(inner.tag) && inner.textLength > 0) return true;
  return false;
}

export function hasTextAfter(part: Part): boolean {
  return MARKS.has(part.tag) && /[\p{L}\p{N}]/u.test(textAfter(part));
}

/** The text nodes between an element and the next one. */
export function textAfter({ node }: Part): string {
  let text = '';
  for (let next = node.next; next !== null && !('attribs' in next); next = next.next)
    if (next.type === 'text') text += next.data;
  return collapsed(text);
}
