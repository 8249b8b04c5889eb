import type { Bench, Figure } from './lib/bench.js';
import { spreadOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

const DELAY_MS = 1000;

export const polite: Bench = {
  name: 'polite',
  measures:
    'How long a polite scrape takes, from the first request for a step to the page that says done, against what its delay of 1 s makes the least possible. Requests for robots.txt keep to the delay, too, and are counted with the pages.',
  wrong: [
    'The delay were not kept: the smallest distance between two requests that the site saw is a figure of its own.',
    'The pages were slow: they are small and served by this machine.',
  ],
  async run({ quick }) {
    const one = await scrape(1, quick ? 6 : 200);
    const many = await scrape(20, quick ? 4 : 10);
    return {
      figures: [
        figure('one host', one, 1.02),
        figure('20 hosts', many, 1.05),
        gap('one host', one),
        gap('20 hosts', many),
      ],
    };
  },
};

interface Scrape {
  readonly ms: number;
  readonly leastMs: number;
  readonly gapMs: number;
  readonly pages: number;
}

async function scrape(hosts: number, pages: number): Promise<Scrape> {
  const site = await Program.start(compiled('programs/site.js'));
  const ports = await site.ask<number[]>({ open: hosts });
  const server = await startTobiishi({ env: { ALLOW_HOSTS: ports.map((port) => `127.0.0.1:${port}`).join(',') } });
  const visitor = new Visitor(server.origin);
  try {
    const urls = ports.map((port) => `http://127.0.0.1:${port}/page-[1-${pages}]`).join('\n');
    const fields = { urls, columns: 'title: h1', limit: hosts * pages, delay: DELAY_MS / 1000 };
    const path = await visitor.start('scrape', fields);
    const from = performance.now();
    const { run } = await visitor.follow(path, 0);
    const ms = performance.now() - from;
    if (run.status !== 'done' || run.seq !== hosts * pages) throw new Error(`${run.status} at ${run.seq}`);
    const times = Object.values(await site.ask<Record<string, number[]>>('times' as unknown as object));
    const gaps = times.flatMap((asked) => asked.slice(1).map((at, i) => at - (asked[i] ?? 0)));
    const most = Math.max(...times.map((asked) => asked.length));
    return { ms, leastMs: (most - 1) * DELAY_MS, gapMs: Math.min(...gaps), pages };
  } finally {
    await visitor.close();
    await Promise.all([server.stop(), site.stop()]);
  }
}

function figure(what: string, { ms, leastMs, pages }: Scrape, atMost: number): Figure {
  return {
    what: `duration, ${what} × ${pages} pages`,
    against: '(requests to the slowest host − 1) × delay',
    ratio: spreadOf([ms / leastMs]),
    goal: { atMost },
    better: 'lower',
    sides: `${number(ms / 1000)} s, ${number(leastMs / 1000)} s`,
  };
}

function gap(what: string, { gapMs }: Scrape): Figure {
  return {
    what: `smallest distance of two requests, ${what}`,
    against: 'the delay',
    ratio: spreadOf([gapMs / DELAY_MS]),
    // The site notes a request when it comes to it, which on a busy machine is some milliseconds late.
    goal: { atLeast: 0.98 },
    better: 'higher',
    sides: `${number(gapMs)} ms, ${number(DELAY_MS)} ms`,
  };
}
