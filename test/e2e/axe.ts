import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Tab } from './tab.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Runs code in a page. */
type Evaluate = (code: string) => Promise<unknown>;

/** Puts axe into each document that the tab opens from now on: sent to one after the other it would be half of the work. */
export async function bringAxe({ cdp }: Tab): Promise<void> {
  await cdp.send('Page.enable');
  await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: AXE });
}

/** The one rule that a colour scheme can break, and the one that costs most. */
const CONTRAST = 'color-contrast';

/**
 * What axe found, as "rule: element".
 * @param look At everything, at the colours alone, or at all but the colours: another colour scheme has other colours
 *   and nothing else, another language has the same.
 */
export async function violations(
  evaluate: Evaluate,
  look: 'all' | 'colours' | 'all but colours' = 'all',
): Promise<string[]> {
  if (!(await evaluate('"axe" in globalThis'))) await evaluate(`${AXE}; 0`);
  const options = {
    runOnly: look === 'colours' ? { type: 'rule', values: [CONTRAST] } : { type: 'tag', values: TAGS },
    ...(look === 'all but colours' && { rules: { [CONTRAST]: { enabled: false } } }),
    resultTypes: ['violations'],
  };
  const found = await evaluate(`
    axe.run(${JSON.stringify(options)}).then(
      ({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
  return found as string[];
}
