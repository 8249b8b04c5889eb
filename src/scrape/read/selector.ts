import type { CheerioAPI } from 'cheerio';
import { cheerio } from '../packages.js';

/** A small page to try selectors on, parsed when the first is tried. */
let probe: CheerioAPI | null = null;

/** What is wrong with a selector: in the words of the library, and a code to translate by with the text that it is about. */
export interface SelectorProblem {
  readonly problem: string;
  readonly problemCode: string;
  readonly rest: string;
}

/** What the messages of css-what and css-select begin with, or contain, and the text that they name last. */
const KINDS = [
  [/^(?:Expected name, found|Unmatched selector:) $/, 'unfinished'],
  [/^(?:Expected name, found|Unmatched selector:) (.+)$/s, 'unexpected'],
  [/didn't terminate|didn't end|not matched|not terminated|Missing closing/, 'unclosed'],
  [/Empty sub-selector|successive traversals/, 'gap'],
  [/^Unknown pseudo-class (:.+)$/s, 'pseudo-class'],
  [/^Pseudo-elements/, 'pseudo-element'],
  [/n-th rule|argument|cannot be quoted/, 'argument'],
] as const;

/** Null when cheerio can use the selector, else what it says is wrong. */
export function selectorProblem(selector: string): SelectorProblem | null {
  try {
    probe ??= cheerio().load('<p><a href="/">a</a></p>');
    probe.root().find(selector);
    return null;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const [pattern, problemCode] = KINDS.find(([each]) => each.test(problem)) ?? [/^/, 'other'];
    return { problem, problemCode, rest: pattern.exec(problem)?.[1] ?? '' };
  }
}
