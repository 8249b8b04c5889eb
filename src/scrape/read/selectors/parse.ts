import { parseNth } from './nth.js';
import { Scanner } from './scanner.js';
import {
  type AttributeOperator,
  type Combinator,
  type Complex,
  type SelectorList,
  SelectorSyntaxError,
  type Simple,
} from './syntax.js';

interface Context {
  /** May begin with a combinator. */
  readonly relative: boolean;
  readonly insideHas: boolean;
  readonly depth: number;
}

/** Nobody writes so much; what matches it would call itself as often. */
export const LONGEST_SELECTOR = 2000;
const MOST_NESTED = 32;
const MOST_COMPOUNDS = 100;

/**
 * Throws `SelectorSyntaxError` for what the standard does not allow, as a browser's `querySelector` does. `relative`:
 * selectors may begin with a combinator, which then leads from the element that they are looked for in.
 */
export function parseSelector(text: string, { relative = false } = {}): SelectorList {
  const scanner = new Scanner(text);
  if (text.length > LONGEST_SELECTOR)
    scanner.problem('argument', `the selector is longer than ${LONGEST_SELECTOR} characters`);
  const list = selectorList(scanner, { relative, insideHas: false, depth: 0 });
  if (!scanner.isAtEnd) scanner.unexpected('the end');
  return list;
}

/** Where the selector that a text begins with ends; null when it begins with none. */
export function selectorEnd(text: string, { relative = false } = {}): number | null {
  const scanner = new Scanner(text);
  try {
    selectorList(scanner, { relative, insideHas: false, depth: 0 });
    return scanner.at;
  } catch (error) {
    if (error instanceof SelectorSyntaxError) return null;
    throw error;
  }
}

function selectorList(scanner: Scanner, context: Context): SelectorList {
  const list: Complex[] = [];
  do list.push(complexSelector(scanner, context));
  while (scanner.take(','));
  return list;
}

const COMPOUND_START = /[\w*|#.[:&\\\-\u0080-\uffff]/;

function complexSelector(scanner: Scanner, context: Context): Complex {
  scanner.skipSpace();
  let combinator: Combinator | null = context.relative ? writtenCombinator(scanner) : null;
  let left: Complex | null = null;
  for (let length = 1; ; length += 1) {
    if (length > MOST_COMPOUNDS) scanner.problem('argument', 'the selector is too long');
    scanner.skipSpace();
    const compound = compoundSelector(scanner, context);
    if (compound.length === 0) refuseGap(scanner, combinator !== null || left !== null);
    left = { compound, combinator, left };
    const isApart = scanner.skipSpace();
    const written = writtenCombinator(scanner);
    if (written === null && !(isApart && COMPOUND_START.test(scanner.next))) return left;
    combinator = written ?? ' ';
  }
}

function writtenCombinator(scanner: Scanner): Combinator | null {
  return (['>', '+', '~'] as const).find((each) => scanner.take(each)) ?? null;
}

function refuseGap(scanner: Scanner, afterCombinator: boolean): never {
  if (scanner.isAtEnd) scanner.problem('unfinished', 'a selector is missing at the end', '');
  const isSeparator = /[,>+~]/.test(scanner.next) || (scanner.next === ')' && afterCombinator);
  if (isSeparator) scanner.problem('gap', `a selector is missing before "${scanner.next}"`);
  return scanner.unexpected('a selector');
}

function compoundSelector(scanner: Scanner, context: Context): Simple[] {
  const compound: Simple[] = [];
  const tag = tagSelector(scanner);
  if (tag) compound.push(tag);
  for (;;) {
    scanner.skipComments();
    const simple = simpleSelector(scanner, context);
    if (simple === null) return compound;
    compound.push(simple);
  }
}

/** `div`, `*`, `*|div`, `|div`. No namespace is declared here, so that no other prefix is known. */
function tagSelector(scanner: Scanner): Simple | null {
  const start = scanner.at;
  const isAnyNamespace = scanner.match(/\*\|(?!=)/y) !== null;
  const isNone = !isAnyNamespace && scanner.match(/\|(?!=)/y) !== null;
  const name = scanner.take('*') ? '*' : scanner.ident();
  if (name === null) {
    if (isAnyNamespace || isNone) scanner.unexpected('the name of an element');
    scanner.at = start;
    return null;
  }
  if (scanner.next === '|') scanner.problem('unexpected', 'no namespaces are declared here');
  return { type: 'tag', name, namespace: isNone ? '' : '*' };
}

function simpleSelector(scanner: Scanner, context: Context): Simple | null {
  if (scanner.take('#')) return { type: 'id', name: scanner.ident() ?? scanner.unexpected('an id') };
  if (scanner.take('.')) return { type: 'class', name: scanner.ident() ?? scanner.unexpected('the name of a class') };
  if (scanner.take('[')) return attributeSelector(scanner);
  // What a rule is nested in; where there is no rule, the same as `:scope`: https://www.w3.org/TR/css-nesting-1/#nest-selector
  if (scanner.take('&')) return { type: 'state', name: 'scope' };
  if (scanner.next !== ':') return null;
  if (scanner.match(/::/y)) scanner.problem('pseudo-element', 'pseudo-elements are not in the page');
  scanner.take(':');
  scanner.skipComments();
  return pseudoClass(scanner, context);
}

function attributeSelector(scanner: Scanner): Simple {
  scanner.skipSpace();
  const anyNamespace = scanner.match(/\*\|(?!=)/y) !== null;
  if (!anyNamespace) scanner.match(/\|(?!=)/y);
  const name = scanner.ident() ?? scanner.unexpected('the name of an attribute');
  if (scanner.match(/\|(?!=)/y)) scanner.problem('unexpected', 'no namespaces are declared here');
  scanner.skipSpace();
  const operator = (scanner.match(/[~|^$*]?=/y)?.[0] ?? null) as AttributeOperator | null;
  let value = '';
  let flag: 'i' | 's' | null = null;
  if (operator !== null) {
    scanner.skipSpace();
    value = scanner.string() ?? scanner.ident() ?? scanner.unexpected('a value');
    scanner.skipSpace();
    flag = caseFlag(scanner);
    scanner.skipSpace();
  }
  close(scanner, ']');
  return { type: 'attribute', name, anyNamespace, operator, value, flag };
}

/** Whether the value counts in any case; it may be escaped like any word. */
function caseFlag(scanner: Scanner): 'i' | 's' | null {
  const start = scanner.at;
  const flag = scanner.ident()?.toLowerCase() ?? null;
  if (flag === null || flag === 'i' || flag === 's') return flag;
  scanner.at = start;
  return scanner.unexpected('"]"');
}

/** What is open at the end of the text closes there: https://www.w3.org/TR/css-syntax-3/#error-handling */
function close(scanner: Scanner, bracket: string): void {
  if (!scanner.take(bracket) && !scanner.isAtEnd) scanner.unexpected(`"${bracket}"`);
}

/** States that a page without a person, a history or a player never shows, and those that its source does show. */
const STATES = new Set(
  (
    'root scope empty first-child last-child only-child first-of-type last-of-type only-of-type any-link ' +
    '-webkit-any-link link enabled ' +
    'disabled read-write read-only placeholder-shown default checked indeterminate in-range out-of-range required ' +
    'optional valid invalid defined open muted ' +
    'visited target target-within local-link hover active focus focus-visible focus-within fullscreen modal ' +
    'picture-in-picture popover-open autofill playing paused seeking buffering stalled volume-locked user-valid ' +
    'user-invalid current past future host has-slotted target-current interest-source interest-target xr-overlay ' +
    'active-view-transition -webkit-autofill -webkit-full-screen'
  ).split(' '),
);
const LEGACY_ELEMENTS = new Set(['before', 'after', 'first-line', 'first-letter']);

function pseudoClass(scanner: Scanner, context: Context): Simple {
  const start = scanner.at;
  const name = scanner.ident()?.toLowerCase() ?? scanner.unexpected('the name of a pseudo-class');
  if (LEGACY_ELEMENTS.has(name)) scanner.problem('pseudo-element', 'pseudo-elements are not in the page');
  const unknown = () => scanner.problem('pseudo-class', `the pseudo-class ":${name}" is not known`, `:${name}`);
  if (!scanner.take('(')) {
    if (STATES.has(name)) return { type: 'state', name };
    if (ARGUMENTS.has(name)) scanner.problem('argument', `":${name}" needs brackets`, `:${name}`);
    return unknown();
  }
  const argument = ARGUMENTS.get(name);
  if (context.depth === MOST_NESTED) scanner.problem('argument', 'brackets are nested too deep');
  if (argument === undefined) {
    scanner.at = start + name.length;
    return STATES.has(name) ? scanner.problem('argument', `":${name}" takes no brackets`, `:${name}`) : unknown();
  }
  const simple = argument(scanner, { ...context, depth: context.depth + 1 }, name);
  scanner.skipSpace();
  close(scanner, ')');
  return simple;
}

type Argument = (scanner: Scanner, context: Context, name: string) => Simple;

const anyOf: Argument = (scanner, context, name) => ({
  type: name === 'where' ? 'where' : 'is',
  selectors: forgivingList(scanner, { ...context, relative: false }),
});

const nth: Argument = (scanner, context, name) => ({
  type: 'nth',
  name: name as 'nth-child',
  nth: parseNth(scanner, () =>
    name.endsWith('child') ? selectorList(scanner, { ...context, relative: false }) : null,
  ),
});

const languages: Argument = (scanner, _, name) => {
  const words: string[] = [];
  do {
    scanner.skipSpace();
    words.push(scanner.string() ?? scanner.ident() ?? scanner.unexpected('a language'));
    scanner.skipSpace();
  } while (scanner.take(','));
  return { type: 'words', name: name as 'lang', words };
};

const ofNone: Argument = (scanner, context) => {
  selectorList(scanner, { ...context, relative: false });
  return { type: 'is', selectors: [] };
};

const ARGUMENTS: ReadonlyMap<string, Argument> = new Map([
  ['is', anyOf],
  ['where', anyOf],
  ['matches', anyOf],
  ['-webkit-any', anyOf],
  ['not', (scanner, context) => ({ type: 'not', selectors: selectorList(scanner, { ...context, relative: false }) })],
  [
    'has',
    (scanner, context) => {
      if (context.insideHas) scanner.problem('argument', '":has()" must not be within ":has()"', ':has');
      return { type: 'has', selectors: selectorList(scanner, { ...context, relative: true, insideHas: true }) };
    },
  ],
  ['nth-child', nth],
  ['nth-last-child', nth],
  ['nth-of-type', nth],
  ['nth-last-of-type', nth],
  ['lang', languages],
  [
    'dir',
    (scanner) => {
      scanner.skipSpace();
      return {
        type: 'words',
        name: 'dir',
        words: [scanner.ident()?.toLowerCase() ?? scanner.unexpected('ltr or rtl')],
      };
    },
  ],
  // Of shadow trees and scripts, of which a page's source has none.
  ['host', ofNone],
  ['host-context', ofNone],
  ['state', ofNone],
  ['contains', (scanner) => ({ type: 'words', name: 'contains', words: containedTexts(scanner) })],
  ['-soup-contains', (scanner) => ({ type: 'words', name: 'contains', words: containedTexts(scanner) })],
  ['-soup-contains-own', (scanner) => ({ type: 'words', name: 'contains-own', words: containedTexts(scanner) })],
]);

/** Texts in quotation marks, with commas between them; without, all of it, apostrophes and commas as well. */
function containedTexts(scanner: Scanner): string[] {
  const start = scanner.at;
  const words: string[] = [];
  try {
    do {
      scanner.skipSpace();
      const word = scanner.string();
      if (word === null) break;
      words.push(word);
      scanner.skipSpace();
    } while (scanner.take(','));
    if (words.length > 0 && (scanner.next === ')' || scanner.isAtEnd)) return words;
  } catch (error) {
    // A mark that is never closed is a part of the text.
    if (!(error instanceof SelectorSyntaxError)) throw error;
  }
  scanner.at = start;
  return [scanner.rawArgument().replace(/\\([\s\S])/g, '$1')];
}

/** What is wrong in it matches nothing, and does no harm to the rest: https://www.w3.org/TR/selectors-4/#forgiving-selector */
function forgivingList(scanner: Scanner, context: Context): SelectorList {
  const list: Complex[] = [];
  do {
    const start = scanner.at;
    try {
      const complex = complexSelector(scanner, context);
      if (scanner.isAtEnd || scanner.next === ',' || scanner.next === ')') list.push(complex);
      else skipToComma(scanner);
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      scanner.at = start;
      skipToComma(scanner);
    }
  } while (scanner.take(','));
  return list;
}

function skipToComma(scanner: Scanner): void {
  const closers: string[] = [];
  const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
  while (!scanner.isAtEnd) {
    if (scanner.next === '"' || scanner.next === "'") {
      scanner.string();
      continue;
    }
    if (closers.length === 0 && (scanner.next === ',' || scanner.next === ')')) return;
    if (scanner.next === '\\') scanner.at += 1;
    else if (scanner.next === closers.at(-1)) closers.pop();
    else if (pairs[scanner.next]) closers.push(pairs[scanner.next] ?? '');
    scanner.at += 1;
  }
}
