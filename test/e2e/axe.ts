import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Runs code in a page. */
type Evaluate = (code: string) => Promise<unknown>;

/** What axe found, as "rule: element". */
export async function violations(evaluate: Evaluate): Promise<string[]> {
  if (!(await evaluate('"axe" in globalThis'))) await evaluate(`${AXE}; 0`);
  const found = await evaluate(`
    axe.run({ runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} }, resultTypes: ['violations'] }).then(
      ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
  return found as string[];
}
