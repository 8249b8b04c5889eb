import { Matcher } from './selectors/match.js';
import * as parse from './selectors/parse.js';
import { SelectorSyntaxError, type SyntaxProblem } from './selectors/syntax.js';

export { LONGEST_SELECTOR } from './selectors/parse.js';

/** What is wrong with a selector: in English, and a code to translate by with the text that it is about. */
export interface SelectorProblem {
  readonly problem: string;
  readonly problemCode: SyntaxProblem | 'xpath';
  readonly rest: string;
}

export interface SelectorOptions {
  /** Whether it may begin with a combinator, as in a column: `> a` leads from the row. */
  readonly relative?: boolean;
}

/** Null when the selector is one, else what is wrong with it. */
export function selectorProblem(selector: string, options: SelectorOptions = {}): SelectorProblem | null {
  try {
    parse.parseSelector(selector, options);
    return null;
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    if (isXPath(selector)) return { problem: 'it is XPath', problemCode: 'xpath', rest: selector };
    return { problem: error.message, problemCode: error.code, rest: error.rest };
  }
}

/** Whether a text is XPath, which no selector could be. */
export function isXPath(text: string): boolean {
  return /^\(?\s*(?:\.{1,2}\/|\/{1,2}[\w*@.])|^(?:child|descendant|following-sibling|self|parent)::/.test(text.trim());
}

/** Where the selector of a column ends, which an attribute may follow; null when there is none. */
export function selectorEnd(text: string): number | null {
  return parse.selectorEnd(text, { relative: true });
}

/** Selectors as used on page after page. */
const compiled = new Map<string, Matcher>();
const MOST_COMPILED = 500;

/** Throws `SelectorSyntaxError`. */
export function matcherOf(selector: string): Matcher {
  const known = compiled.get(selector);
  if (known !== undefined) return known;
  const matcher = new Matcher(parse.parseSelector(selector, { relative: true }));
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(selector, matcher);
  return matcher;
}
