import { wordsOf } from './names.js';
import { type Part, textIn } from './page-index.js';

/** A link that only a script makes something of. */
export const SCRIPTED = /^\s*(?:javascript:|#)/i;

/** What a link is called: its text, else that of its picture. */
export function labelOf(part: Part): string {
  return (
    textIn(part) ||
    imageTexts(part).find((text) => text !== '') ||
    (part.node.attribs['title'] ?? part.node.attribs['aria-label'] ?? '')
  );
}

/** Of the pictures in a link. */
export function imageTexts(part: Part): string[] {
  const texts: string[] = [];
  if (part.images === 0 && part.children.length === 0) return texts;
  for (let i = part.index + 1; i < part.end; i += 1) {
    const { tag, node } = part.all[i] as Part;
    if (tag === 'img') texts.push(node.attribs['alt'] ?? '', node.attribs['title'] ?? '');
    if (texts.length > 4) break;
  }
  return texts;
}

/** Most texts are that: nothing to be taken off. */
const PLAIN_ENDS = /^[a-z\d].*[a-z\d]$/s;

/** Lower-case, without the arrows, brackets and numbers around. */
export function plainText(text: string): string {
  const lower = text.slice(0, 80).toLowerCase();
  const bare = PLAIN_ENDS.test(lower) ? lower : lower.replace(/^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$/gu, '');
  return bare.replace(/\s{2,}|[^\S ]/g, ' ');
}

/** Marked as the page that is shown. */
export function isMarked(part: Part | null): boolean {
  return (
    part !== null &&
    (part.node.attribs['aria-current'] !== undefined ||
      part.classes.some(
        (name) =>
          /^(?:active|current|selected|on|now|is-active|is-current|cur)$/i.test(name) ||
          wordsOf(name).some((word) => word === 'current' || word === 'active' || word === 'selected'),
      ))
  );
}
