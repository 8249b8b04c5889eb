import { selectorProblem } from '../selector.js';
import { conditionHolds, type Holds } from './conditions.js';
import { isProperty, isValid } from './declarations.js';

/** Of other browsers than the one that pages are looked at with. */
const OTHERS = /^(?:-(?:moz|ms|o|khtml|apple)-|-webkit-touch-callout$)/;

/** Whether `@supports` with this condition holds in a browser: https://www.w3.org/TR/css-conditional-4/#at-supports-ext */
export function supportsHolds(condition: string): boolean {
  return conditionHolds(condition.trim().toLowerCase(), leafHolds) === true;
}

function leafHolds(text: string): Holds {
  const [, selector] = /^selector\(([\s\S]*?)\)?$/.exec(text) ?? [];
  if (selector !== undefined) {
    const problem = selectorProblem(selector);
    return problem === null || problem.problemCode === 'pseudo-element';
  }
  const [, property, value = ''] = /^([\w-]+)\s*:([\s\S]*)$/.exec(text) ?? [];
  // Fonts and functions to come.
  if (property === undefined) return null;
  // What else there is nobody can list: people ask for what they use.
  return isProperty(property) ? isValid(property, value.trim()) : !OTHERS.test(property);
}
