/** Loaded before the server: replaces the budget by one that is over as soon as a step is recorded. */
import { register } from 'node:module';

const budget = 'export const budgetFor = () => ({ paceMs: 0, answerWithinMs: 5000 });';
const hooks = `export async function load(url, context, next) {
  return url.endsWith('/core/budget.js')
    ? { format: 'module', source: ${JSON.stringify(budget)}, shortCircuit: true }
    : next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
