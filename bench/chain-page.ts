import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Figure } from './lib/bench.js';
import { type Cost, costOf } from './lib/cost.js';
import { INSTALL_DJANGO, startGunicorn } from './lib/gunicorn.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { NODE_FLAGS, startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

const DURABLE = 'a bare Express page with its session and a step in SQLite';
const DJANGO = 'the program that this project began with: Django, signed-cookie session, a page of two lines, gunicorn';

/** Asks for so many pages, one after the other. */
type Ask = (pages: number) => Promise<unknown>;

export const chainPage: Bench = {
  name: 'chain-page',
  measures:
    'One page of the chain: a step that does nothing is executed and recorded in SQLite, the session saved, the page rendered. One client, one kept connection, one page after the other.',
  wrong: [
    'Pages of real visitors were mostly something else: here the first 12 steps are behind, there are no rows and no failures.',
    'The client were the slow side: it is a process of its own on another core and waits for each page.',
    'Django were asked in another way than it is meant to be: it has its threads and kept connections, cached templates, and no database.',
  ],
  async run({ quick }) {
    const pages = quick ? 200 : 1000;
    const directory = mkdtempSync(join(tmpdir(), 'tobiishi-bench-'));
    const env = { NODE_ENV: 'production', DATABASE_URL: join(directory, 'durable.db') };
    const server = await startTobiishi({ oneStep: true });
    const durable = Program.spawn(compiled('programs/durable.js'), env, NODE_FLAGS);
    const django = await startGunicorn();
    const visitor = new Visitor(server.origin);
    const toDurable = new Visitor(`http://127.0.0.1:${await durable.listening()}`);
    const toDjango = django && new Visitor(django.origin);
    const path = await visitor.start('chain', { count: 1_000_000 });
    let seq = 0;
    const ours: Ask = async (count) => {
      seq = (await visitor.follow(path, seq, count)).run.seq;
    };
    const asking =
      (other: Visitor): Ask =>
      async (count) => {
        for (let i = 0; i < count; i += 1) await other.get('/');
      };
    const side = (by: Parameters<typeof costOf>[1], ask: Ask) => ({
      warmUp: () => ask(1000),
      cost: () => costOf(pages, by, () => ask(pages)),
    });
    const sides = {
      ours: side(server, ours),
      [DURABLE]: side(durable, asking(toDurable)),
      ...(django && toDjango && { [DJANGO]: side(django, asking(toDjango)) }),
    };
    try {
      for (const { warmUp } of Object.values(sides)) await warmUp();
      const costs = await alternate<string, Cost>(
        quick ? 3 : 11,
        Object.fromEntries(Object.entries(sides).map(([name, { cost }]) => [name, cost])),
      );
      const { ours: mine = [], ...others } = costs;
      const bytes = Buffer.byteLength((await visitor.get(path)).text);
      return {
        figures: Object.entries(others).flatMap(([against, theirs]) => compare(against, mine, theirs)),
        notes: [
          `${pages} pages a round; our page has ${number(bytes)} bytes.`,
          ...(django ? [`${django.versions}.`] : []),
        ],
        skipped: django ? [] : [`Django: ${INSTALL_DJANGO}`],
      };
    } finally {
      await Promise.all([visitor.close(), toDurable.close(), toDjango?.close()]);
      await Promise.all([server.stop(), durable.stop(), django?.stop()]);
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

function compare(against: string, ours: readonly Cost[], theirs: readonly Cost[]): Figure[] {
  const figure = (what: string, of: (cost: Cost) => number): Figure => ({
    what,
    against,
    ratio: ratioOf(ours.map(of), theirs.map(of)),
    goal: { atMost: against === DURABLE ? 1.6 : 1 },
    better: 'lower',
    sides: `${number(median(ours.map(of)))} ms, ${number(median(theirs.map(of)))} ms`,
  });
  return [figure('ms per page', ({ ms }) => ms), figure('CPU per page', ({ cpuMs }) => cpuMs)];
}
