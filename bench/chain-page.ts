import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Figure } from './lib/bench.js';
import { type Cost, costOf } from './lib/cost.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

const BARE = 'Express 5, express-session in memory, one small EJS page';
const DURABLE = 'the same with the session and a step in SQLite';

const visitorOf = async (program: Program) => new Visitor(`http://127.0.0.1:${await program.listening()}`);

export const chainPage: Bench = {
  name: 'chain-page',
  measures:
    'One page of the chain: a step that does nothing is executed and recorded in SQLite, the session saved, the page rendered. One client, one kept connection, one page after the other.',
  wrong: [
    'Pages of real visitors were mostly something else: here the first 12 steps are behind, there are no rows and no failures.',
    'The client were the slow side: it is a process of its own on another core and waits for each page.',
    "A durable session counted as part of a bare page: Express's sessions are in memory here and lost at each restart. The second comparison counts it, and the two transactions of a step.",
  ],
  async run({ quick }) {
    const pages = quick ? 200 : 1000;
    const server = await startTobiishi({ oneStep: true });
    const directory = mkdtempSync(join(tmpdir(), 'tobiishi-bench-'));
    const env = { NODE_ENV: 'production', DATABASE_URL: join(directory, 'durable.db') };
    const bare = Program.spawn(compiled('programs/express.js'), env);
    const durable = Program.spawn(compiled('programs/durable.js'), env);
    const visitor = new Visitor(server.origin);
    const [toBare, toDurable] = await Promise.all([visitorOf(bare), visitorOf(durable)]);
    const path = await visitor.start('chain', { count: 1_000_000 });
    let seq = 0;
    const ours = async (count: number) => {
      seq = (await visitor.follow(path, seq, count)).run.seq;
    };
    const ask = async (other: Visitor, count: number) => {
      for (let i = 0; i < count; i += 1) await other.get('/');
    };
    try {
      await ours(1000);
      await ask(toBare, 1000);
      await ask(toDurable, 1000);
      const costs = await alternate<'ours' | 'bare' | 'durable', Cost>(quick ? 3 : 11, {
        ours: () => costOf(pages, server, () => ours(pages)),
        bare: () => costOf(pages, bare, () => ask(toBare, pages)),
        durable: () => costOf(pages, durable, () => ask(toDurable, pages)),
      });
      const ms = ({ ms }: Cost) => ms;
      const cpu = ({ cpuMs }: Cost) => cpuMs;
      const bytes = Buffer.byteLength((await visitor.get(path)).text);
      const figure = (what: string, against: string, theirs: readonly Cost[], of: (cost: Cost) => number): Figure => ({
        what,
        against,
        ratio: ratioOf(costs.ours.map(of), theirs.map(of)),
        better: 'lower',
        sides: `${number(median(costs.ours.map(of)))} ms, ${number(median(theirs.map(of)))} ms`,
      });
      const goal = { atMost: 1.5 };
      const least = [ms, cpu].map((of) => number(ratioOf(costs.durable.map(of), costs.bare.map(of)).median));
      return {
        figures: [
          { ...figure('ms per page', BARE, costs.bare, ms), goal },
          { ...figure('CPU per page', BARE, costs.bare, cpu), goal },
          figure('ms per page', DURABLE, costs.durable, ms),
          figure('CPU per page', DURABLE, costs.durable, cpu),
        ],
        notes: [
          `${pages} pages a round; our page has ${number(bytes)} bytes.`,
          `The three transactions alone make the bare page cost ${least[0]} × the time and ${least[1]} × the CPU.`,
        ],
      };
    } finally {
      await Promise.all([visitor, toBare, toDurable].map((each) => each.close()));
      await Promise.all([server, bare, durable].map((each) => each.stop()));
      rmSync(directory, { recursive: true, force: true });
    }
  },
};
