import { indexOfAny } from './scan.js';

/** Null: nobody knows, as of a feature of another browser. */
export type Holds = boolean | null;

/**
 * Reads `not (…)`, `(…) and (…)` and `(…) or (…)`, as `@media` and `@supports` have them
 * (https://www.w3.org/TR/mediaqueries-4/#mq-syntax). `leaf` judges what is in brackets and is no condition itself, or
 * the function with its brackets. `condition` in lower case.
 */
export function conditionHolds(condition: string, leaf: (text: string) => Holds): Holds {
  const text = condition.trim();
  const negated = /^not(?=[\s(])/.exec(text);
  if (negated) {
    const holds = operandHolds(text.slice(3).trim(), leaf);
    return holds === null ? null : !holds;
  }
  let holds: Holds = null;
  let operator: string | null = null;
  for (let rest = text; ; ) {
    const end = operandEnd(rest);
    const each = end === 0 ? null : operandHolds(rest.slice(0, end), leaf);
    if (operator === null) holds = each;
    else holds = operator === 'and' ? bothHold(holds, each) : eitherHolds(holds, each);
    const after = rest.slice(end);
    if (after.trim() === '') return holds;
    const [written, next] = /^\s*(and|or)(?=[\s(])/.exec(after) ?? [];
    // The two do not mix.
    if (written === undefined || end === 0 || (operator !== null && operator !== next)) return null;
    // With no space behind it, it would be the name of a function.
    if (!/^\s/.test(after) || !/^\s/.test(after.slice(written.length))) return null;
    operator = next ?? null;
    rest = after.slice(written.length).trimStart();
  }
}

/** Behind `(…)` or `name(…)`; 0 when there is none. */
function operandEnd(text: string): number {
  const start = /^[\w-]*\(/.exec(text)?.[0].length ?? 0;
  return start === 0 ? 0 : Math.min(text.length, indexOfAny(text, ')', start) + 1);
}

function operandHolds(text: string, leaf: (text: string) => Holds): Holds {
  if (operandEnd(text) < text.length || text === '') return null;
  if (!text.startsWith('(')) return leaf(text);
  const inside = text.slice(1, text.endsWith(')') ? -1 : undefined).trim();
  return /^(?:\(|not(?=[\s(]))/.test(inside) ? conditionHolds(inside, leaf) : leaf(inside);
}

function bothHold(a: Holds, b: Holds): Holds {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function eitherHolds(a: Holds, b: Holds): Holds {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}
