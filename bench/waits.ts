import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from './lib/bench.js';
import { COLUMNS } from './lib/columns.js';
import { INSTALL_CORPUS, LARGE_PATH, readCorpus } from './lib/corpus.js';
import { median, quantile, spreadOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

/** Between two questions of the visitor who waits. */
const EVERY_MS = 4;

export const waits: Bench = {
  name: 'waits',
  measures:
    "How long another visitor waits for a page while one visitor's run scrapes as fast as it can, or reads a page of 5 MB, against the same server at rest. The page is that of a run, which is shown and executes nothing.",
  wrong: [
    'There were too few questions for the longest of a thousand: how many there were is in the notes.',
    'The machine had other things to do: then the idle server waits, too.',
    'The visitor asked only when it is convenient: they ask every 4 ms on one connection, where a late answer makes the next ones late as well.',
  ],
  async run({ quick }) {
    const corpus = readCorpus();
    if (corpus === null) return { figures: [], skipped: [`real pages: ${INSTALL_CORPUS}`] };
    const site = await Program.start(compiled('programs/site.js'));
    const [port] = await site.ask<number[]>({ open: 1 });
    const host = `127.0.0.1:${port}`;
    const server = await startTobiishi({ env: { ALLOW_HOSTS: host, MIN_DELAY_MS: '0' } });
    const [scraper, other] = [new Visitor(server.origin), new Visitor(server.origin)];
    try {
      const shown = await other.start('chain', { count: 1000 });
      await other.follow(shown, 0, 1);
      const columns = COLUMNS.map(({ name, selector }) => `${name}: ${selector}`).join('\n');
      const scrape = async (paths: readonly string[], fields: Readonly<Record<string, string>>) => {
        const urls = paths.map((path) => `http://${host}${path}`).join('\n');
        const run = await scraper.start('scrape', { urls, limit: paths.length, delay: 0, ...fields });
        const { run: end } = await scraper.follow(run, 0);
        if (end.status !== 'done') throw new Error(`the scrape is ${end.status}`);
      };
      const pages = corpus.slice(0, quick ? 40 : corpus.length).map(({ path }) => path);
      const manyPages = () => scrape(pages, { columns });
      const largePage = () => scrape([LARGE_PATH], { row: 'tr.row', columns: 'name: .name\nprice: .price' });
      // Once, to warm up.
      await manyPages();
      await largePage();
      const seconds = quick ? 3 : 30;
      const look = (work: (() => Promise<void>) | null) => waitsOf(other, shown, seconds, work);
      const idle = await look(null);
      return {
        figures: [
          figure('a page while others are scraped', await look(manyPages), idle),
          figure('a page while one of 5 MB is read', await look(largePage), idle),
        ],
        notes: [`${number(idle.length)} questions in ${seconds} s, one every ${EVERY_MS} ms.`],
      };
    } finally {
      await Promise.all([scraper.close(), other.close()]);
      await Promise.all([server.stop(), site.stop()]);
    }
  },
};

/** In ms, of each page that the visitor asked for while the work was repeated for so many seconds. */
async function waitsOf(
  visitor: Visitor,
  path: string,
  seconds: number,
  work: (() => Promise<void>) | null,
): Promise<number[]> {
  const until = performance.now() + seconds * 1000;
  const isOver = () => performance.now() > until;
  const working = (async () => {
    while (work !== null && !isOver()) await work();
  })();
  const waited: Promise<number>[] = [];
  while (!isOver()) {
    const from = performance.now();
    waited.push(visitor.get(path).then(() => performance.now() - from));
    await sleep(EVERY_MS);
  }
  await working;
  return Promise.all(waited);
}

function figure(what: string, busy: readonly number[], idle: readonly number[]): Figure {
  const longest = (all: readonly number[]) => quantile(all, 0.999);
  return {
    what: `${what}, longer than at rest (p99.9)`,
    against: 'the same server at rest',
    ratio: spreadOf([longest(busy) - longest(idle)]),
    goal: { atMost: 30 },
    better: 'lower',
    unit: 'ms',
    sides: `${number(longest(busy))} ms, ${number(longest(idle))} ms; median ${number(median(busy))} ms, ${number(median(idle))} ms`,
  };
}
