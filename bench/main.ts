/** `npm run bench [-- NAME…] [--quick]`: runs the benches and writes what they found into `bench/RESULTS.md`. */
import { chainPage } from './chain-page.js';
import { exporting } from './export.js';
import { growth } from './growth.js';
import type { Bench } from './lib/bench.js';
import { section, write } from './lib/report.js';
import { polite } from './polite.js';
import { proposals } from './proposals.js';
import { scrapeSpeed } from './scrape-speed.js';
import { start } from './start.js';
import { steps } from './steps.js';
import { visitors } from './visitors.js';
import { waits } from './waits.js';

const BENCHES: readonly Bench[] = [
  chainPage,
  steps,
  growth,
  polite,
  scrapeSpeed,
  waits,
  proposals,
  visitors,
  exporting,
  start,
];

// Whatever was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const named = words.filter((word) => word !== '--quick');
const names = BENCHES.map(({ name }) => name);
const unknown = named.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`No bench is called ${unknown}. There are: ${names.join(', ')}.`);
  process.exit(1);
}

const sections = new Map<string, string>();
for (const bench of BENCHES) {
  if (named.length > 0 && !named.includes(bench.name)) continue;
  const from = performance.now();
  const text = section(bench, await bench.run({ quick }));
  sections.set(bench.name, text);
  console.log(`${text}\n(${Math.round((performance.now() - from) / 1000)} s)\n`);
}
// Quick figures are too noisy to be kept.
if (!quick) write(names, sections);
process.exit(0);
