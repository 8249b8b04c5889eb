import { escaped } from './compounds.js';

const STEP =
  /^(\/{1,2})?(?:(descendant|descendant-or-self|child|following-sibling|self)::)?(\*|[a-z][\w-]*)((?:\[[^\]]*\])*)/i;
const TAIL = /^(\/{1,2})?(?:@([\w:-]+)|text\(\)|string\(\)|node\(\))$/;

/**
 * The same in CSS, with `@name` behind it where XPath asks for an attribute. Null where CSS cannot say it, or this
 * program has not learned to.
 */
export function cssOfXPath(xpath: string): string | null {
  let rest = xpath.trim();
  // `(//a)[1]`: the first of all is what a column takes anyway.
  const [, grouped] = /^\((.*)\)(?:\[1\])?$/.exec(rest) ?? [];
  rest = (grouped ?? rest).replace(/^\.(?=\/)/, '');
  let css = '';
  while (rest !== '') {
    const tail = TAIL.exec(rest);
    if (tail !== null) return attribute(css, tail[1], tail[2]);
    const step = STEP.exec(rest);
    if (step === null) return null;
    const [whole, slashes = '', axis = '', name = '', predicates = ''] = step;
    const compound = compoundOf(name, predicates, axis === 'following-sibling');
    const sign = combinator(css, slashes, axis);
    if (compound === null || sign === null) return null;
    css += sign + compound;
    rest = rest.slice(whole.length);
  }
  return css === '' ? null : css;
}

function attribute(css: string, slashes: string | undefined, name: string | undefined): string | null {
  if (name === undefined) return css === '' ? null : css;
  // Of any element in it, or of the element itself.
  const owner = slashes === '//' ? `${css} [${name}]`.trim() : css;
  return `${owner}@${name}`;
}

function combinator(before: string, slashes: string, axis: string): string | null {
  if (axis === 'following-sibling') return before === '' ? '~ ' : ' ~ ';
  if (axis === 'self') return null;
  if (before === '') return '';
  return slashes === '//' || axis.startsWith('descendant') ? ' ' : ' > ';
}

const EQUALS = /^@([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')$/;
const FUNCTION =
  /^(contains|starts-with)\(\s*(?:@([\w:-]+)|text\(\)|\.|normalize-space\([^)]*\))\s*,\s*(?:"([^"]*)"|'([^']*)')\s*\)$/;
const HAS_CLASS =
  /^contains\(\s*concat\(\s*["'] ["']\s*,\s*(?:normalize-space\(\s*)?@class\s*\)?\s*,\s*["'] ["']\s*\)\s*,\s*["']\s*([^"']*?)\s*["']\s*\)$/;
const TEXT = /^(?:text\(\)|\.|normalize-space\([^)]*\))\s*=\s*(?:"([^"]*)"|'([^']*)')$/;

function compoundOf(name: string, predicates: string, isSibling: boolean): string | null {
  let css = name === '*' ? '' : name;
  for (const [, inside = ''] of predicates.matchAll(/\[([^\]]*)\]/g)) {
    for (const condition of inside.split(/\s+and\s+/)) {
      const part = conditionOf(condition.trim(), name, isSibling);
      if (part === null) return null;
      css += part;
    }
  }
  return css === '' ? '*' : css;
}

function conditionOf(condition: string, name: string, isSibling: boolean): string | null {
  const nth = name === '*' ? 'child' : 'of-type';
  // The first of the siblings behind an element is the one that a column takes anyway.
  if (/^\d+$/.test(condition)) return isSibling ? (condition === '1' ? '' : null) : `:nth-${nth}(${condition})`;
  if (condition === 'last()') return `:last-${nth}`;
  const [, after] = /^position\(\)\s*>\s*(\d+)$/.exec(condition) ?? [];
  if (after !== undefined) return `:nth-${nth}(n+${Number(after) + 1})`;
  const [, present] = /^@([\w:-]+)$/.exec(condition) ?? [];
  if (present !== undefined) return `[${present}]`;
  const [, className] = HAS_CLASS.exec(condition) ?? [];
  if (className !== undefined) return `.${escaped(className)}`;
  const equals = EQUALS.exec(condition);
  if (equals !== null) return equal(equals[1] ?? '', equals[2] ?? equals[3] ?? '');
  const called = FUNCTION.exec(condition);
  if (called !== null) return function_(called);
  const text = TEXT.exec(condition);
  return text === null ? null : `:contains(${quoted(text[1] ?? text[2] ?? '')})`;
}

function equal(attributeName: string, value: string): string {
  if (attributeName === 'class' && /^\S+(\s+\S+)*$/.test(value))
    return value
      .split(/\s+/)
      .map((each) => `.${escaped(each)}`)
      .join('');
  if (attributeName === 'id' && /^\S+$/.test(value)) return `#${escaped(value)}`;
  return `[${attributeName}=${quoted(value)}]`;
}

function function_([, name, attributeName, double, single]: RegExpExecArray): string | null {
  const value = double ?? single ?? '';
  if (attributeName === undefined) return name === 'contains' ? `:contains(${quoted(value)})` : null;
  // A part of `class` is nearly always meant to be one of the classes.
  if (attributeName === 'class' && name === 'contains' && /^[\w-]+$/.test(value)) return `[class*=${quoted(value)}]`;
  return `[${attributeName}${name === 'contains' ? '*' : '^'}=${quoted(value)}]`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
