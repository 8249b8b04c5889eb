import type { Bench } from './lib/bench.js';
import { type Cost, costOf } from './lib/cost.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

export const chainPage: Bench = {
  name: 'chain-page',
  measures:
    'One page of the chain: a step that does nothing is executed and recorded in SQLite, the session saved, the page rendered. One client, one kept connection, one page after the other.',
  wrong: [
    'Pages of real visitors were mostly something else: here the first 12 steps are behind, there are no rows and no failures.',
    'The client were the slow side: it is a process of its own on another core and waits for each page.',
    "A durable session counted as part of a bare page: Express's sessions are in memory here and lost at each restart.",
  ],
  async run({ quick }) {
    const pages = quick ? 200 : 1000;
    const server = await startTobiishi({ oneStep: true });
    const express = Program.spawn(compiled('programs/express.js'), { NODE_ENV: 'production' });
    const visitor = new Visitor(server.origin);
    const other = new Visitor(`http://127.0.0.1:${await express.listening()}`);
    const path = await visitor.start('chain', { count: 1_000_000 });
    let seq = 0;
    const ours = async (count: number) => {
      seq = (await visitor.follow(path, seq, count)).run.seq;
    };
    const theirs = async (count: number) => {
      for (let i = 0; i < count; i += 1) await other.get('/');
    };
    try {
      await ours(1000);
      await theirs(1000);
      const costs = await alternate<'ours' | 'theirs', Cost>(quick ? 3 : 11, {
        ours: () => costOf(pages, server, () => ours(pages)),
        theirs: () => costOf(pages, express, () => theirs(pages)),
      });
      const bytes = Buffer.byteLength((await visitor.get(path)).text);
      const figure = (what: string, of: (cost: Cost) => number) => ({
        what,
        against: 'Express 5, express-session in memory, one small EJS page',
        ratio: ratioOf(costs.ours.map(of), costs.theirs.map(of)),
        goal: { atMost: 1.5 },
        better: 'lower' as const,
        sides: `${number(median(costs.ours.map(of)))} ms, ${number(median(costs.theirs.map(of)))} ms`,
      });
      return {
        figures: [figure('ms per page', ({ ms }) => ms), figure('CPU per page', ({ cpuMs }) => cpuMs)],
        notes: [`${pages} pages a round; our page has ${number(bytes)} bytes.`],
      };
    } finally {
      await Promise.all([visitor.close(), other.close()]);
      await Promise.all([server.stop(), express.stop()]);
    }
  },
};
