import type { Scanner } from './scanner.js';
import type { Nth, SelectorList } from './syntax.js';

/** https://www.w3.org/TR/css-syntax-3/#anb-microsyntax: space only around the sign before the last number. */
const AN_PLUS_B =
  /(?:(even|odd)|([+-]?\d*)n(?:(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*([+-])(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/)*(\d+)|(-\d+))?|([+-]?\d+))(?![\w\-\u0080-\uffff\\])/iy;

/** `2n + 1`, `even`, `3`, and after `of` the selectors that `of` reads; it says null where there can be none. */
export function parseNth(scanner: Scanner, of: () => SelectorList | null): Nth {
  scanner.skipSpace();
  const match =
    scanner.match(AN_PLUS_B) ?? scanner.problem('argument', 'a number or a pattern such as 2n+1 was expected');
  const [, word, a, sign, b, glued, alone] = match;
  const start = scanner.at;
  const isApart = scanner.skipSpace();
  let selectors: SelectorList | null = null;
  if (isApart && scanner.match(/of(?![\w\-\u0080-\uffff\\])/iy)) {
    selectors = of() ?? scanner.problem('argument', '"of" cannot stand here');
  } else scanner.at = start;
  if (word !== undefined) return { a: 2, b: word.toLowerCase() === 'odd' ? 1 : 0, of: selectors };
  if (alone !== undefined) return { a: 0, b: Number(alone), of: selectors };
  const step = a === '' || a === '+' || a === undefined ? 1 : a === '-' ? -1 : Number(a);
  const offset = glued !== undefined ? Number(glued) : b === undefined ? 0 : Number(`${sign}${b}`);
  return { a: step, b: offset, of: selectors };
}
