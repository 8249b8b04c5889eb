import { indexOfAny } from './scan.js';

/** Properties may lead to each other, and in a circle. */
const DEEPEST = 20;
const LONGEST = 1000;

/**
 * A value with each `var(--name, otherwise)` replaced: https://www.w3.org/TR/css-variables-1/#substitute-a-var. Null when
 * one of them is worth nothing. In lower case.
 */
export function substituted(value: string, worthOf: (name: string) => string | undefined, depth = 0): string | null {
  let text = value;
  for (let start = text.search(/\bvar\(/i); start >= 0; start = text.search(/\bvar\(/i)) {
    if (depth > DEEPEST || text.length > LONGEST) return null;
    const end = indexOfAny(text, ')', start + 4);
    const inside = text.slice(start + 4, end);
    const comma = indexOfAny(inside, ',');
    const own = worthOf(inside.slice(0, comma).trim());
    const otherwise = comma < inside.length ? inside.slice(comma + 1) : null;
    const worth = own ?? otherwise;
    const replaced = worth === null ? null : substituted(worth, worthOf, depth + 1);
    if (replaced === null) return null;
    text = text.slice(0, start) + replaced + text.slice(end + 1);
  }
  return text.trim().toLowerCase();
}
