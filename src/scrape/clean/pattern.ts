import type { RE2JS } from 're2js';
import { re2js } from '../packages.js';

/** As used on page after page. */
const compiled = new Map<string, RE2JS>();
const MOST_COMPILED = 100;
const LONGEST = 500;

/** A pattern of RE2, whose time grows with the text alone, whatever the pattern. */
export interface Pattern {
  readonly source: string;
  /** Whether capital and small letters are one. */
  readonly ignoresCase: boolean;
}

/** Null when the pattern is one, else what is wrong with it, in English. */
export function patternProblem(pattern: Pattern): string | null {
  if (pattern.source.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  try {
    compile(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('RE2JS')) throw error;
    return error.message.replace(/^error parsing regexp: /, '');
  }
}

/** What the pattern finds first: its first group, or all of it when it has none. Null when it finds nothing. */
export function matchIn(text: string, pattern: Pattern): string | null {
  const matcher = compile(pattern).matcher(text);
  if (!matcher.find()) return null;
  return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? '';
}

function compile({ source, ignoresCase }: Pattern): RE2JS {
  const key = `${ignoresCase ? 'i' : ''}/${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const { RE2JS } = re2js();
  const made = RE2JS.compile(source, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}
