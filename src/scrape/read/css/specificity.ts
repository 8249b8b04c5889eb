import type { Complex, Simple } from '../selectors/syntax.js';

const [OF_ID, OF_CLASS, OF_TAG] = [10_000, 100, 1];

/** https://www.w3.org/TR/selectors-4/#specificity-rules, as one number. */
export function specificity(complex: Complex): number {
  let sum = 0;
  for (let at: Complex | null = complex; at !== null; at = at.left)
    for (const simple of at.compound) sum += specificityOf(simple);
  return Math.min(sum, 100 * OF_ID);
}

function specificityOf(simple: Simple): number {
  switch (simple.type) {
    case 'tag':
      return simple.name === '*' ? 0 : OF_TAG;
    case 'id':
      return OF_ID;
    case 'where':
      return 0;
    case 'is':
    case 'not':
    case 'has':
      return Math.max(0, ...simple.selectors.map(specificity));
    case 'nth':
      return OF_CLASS + Math.max(0, ...(simple.nth.of ?? []).map(specificity));
    default:
      return OF_CLASS;
  }
}
