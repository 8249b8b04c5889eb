import type { LineForms, LineTemplate } from './fields.js';

/** What a line is made of, in this order. */
export interface LineParts {
  readonly rest: string;
  /** As it was typed; empty: all that the line gives is wanted. */
  readonly part: string;
  /** One of the endings, or empty. */
  readonly end: string;
}

export function partsOf(line: string, { endings, part }: Pick<LineForms, 'endings' | 'part'>): LineParts {
  const end = [...endings.values()].find(({ text }) => line.endsWith(text))?.text ?? '';
  const rest = line.slice(0, line.length - end.length);
  const found = part && typedIn(part, rest);
  return found ? { ...found, end } : { rest, part: '', end };
}

export function lineOf({ rest, part, end }: LineParts, forms: Pick<LineForms, 'part'>): string {
  return rest + (part === '' || forms.part === null ? '' : filledIn(forms.part, part)) + end;
}

/** The template with the text in it. What has a backslash before it already is left alone. */
export function filledIn({ before, after, escaped = '' }: LineTemplate, text: string): string {
  const written =
    escaped === '' ? text : text.replace(/\\[\s\S]|[\s\S]/g, (sign) => (sign === escaped ? `\\${sign}` : sign));
  return before + written + after;
}

/** Whether what stands behind the line's name is the template with some text in it. */
export function isFilledIn({ before }: LineTemplate, line: string): boolean {
  return line
    .replace(/^[^:：]*[:：]/, '')
    .trimStart()
    .startsWith(before.trim());
}

/** What was typed into the template at the end of the line, and what stands before it; null when it is not there. */
function typedIn({ before, after, escaped = '' }: LineTemplate, line: string): Omit<LineParts, 'end'> | null {
  const at = line.lastIndexOf(before);
  if (at < 0 || !line.endsWith(after)) return null;
  const text = line.slice(at + before.length, line.length - after.length);
  const typed = text.replace(/\\[\s\S]/g, (pair) => (pair.endsWith(escaped) && escaped !== '' ? escaped : pair));
  // A sign without its backslash would have ended the text before.
  return text === '' || filledIn({ before, after, escaped }, typed) !== line.slice(at)
    ? null
    : { rest: line.slice(0, at), part: typed };
}
