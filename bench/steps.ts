import { PostgresServer } from '../test/fixtures/postgres.js';
import type { Bench, Figure } from './lib/bench.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { INSTALL, peerVersion } from './lib/peers.js';
import { compiled, Program } from './lib/program.js';
import { startRedis } from './lib/redis.js';
import { number } from './lib/report.js';
import { type Server, startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

/** One chain of steps; answers how many a second. */
type Side = () => Promise<number>;
type Sides = Record<string, Side>;

/** Closed at the end, in reverse. */
type Open = (() => Promise<unknown>)[];

export const steps: Bench = {
  name: 'steps',
  measures:
    'A chain of 2,000 steps that do nothing, each known only when the one before it is recorded, each recorded in a transaction or command of its own. Ours are asked for over HTTP by a visitor, page by page.',
  wrong: [
    'Steps did something: then the machinery hardly counts, here or there.',
    'Many chains at once were meant: peers run many jobs side by side, one dependent chain uses one of their workers.',
    "The stores promised different things. SQLite (WAL, synchronous NORMAL) and Redis (its defaults) both survive the process's death and may lose the last moments in a power cut; PostgreSQL is the same server with the same settings for all.",
  ],
  async run({ quick }) {
    const count = quick ? 500 : 2000;
    const rounds = quick ? 2 : 7;
    const open: Open = [];
    const skipped: string[] = [];
    const notes: string[] = [];
    try {
      const embedded = await embeddedSides(count, open, skipped, notes);
      const postgres = await postgresSides(count, quick, open, skipped, notes);
      // Once, to warm up.
      await alternate(1, embedded);
      await alternate(1, postgres);
      const first = await alternate(rounds, embedded);
      const second = await alternate(rounds, postgres);
      return { figures: [...figures('SQLite', first), ...figures('PostgreSQL', second)], notes, skipped };
    } finally {
      for (const close of open.reverse()) await close();
    }
  },
};

const GOALS: Readonly<Record<string, number>> = { 'BullMQ, one job in place': 1, 'pg-boss, fetch and complete': 2 };

function figures(store: string, perSecond: Readonly<Record<string, readonly number[]>>): Figure[] {
  const { Tobiishi: ours = [], ...others } = perSecond;
  return Object.entries(others).map(([against, theirs]) => ({
    what: `steps per second, ${store}`,
    against,
    ratio: ratioOf(ours, theirs),
    ...(against in GOALS ? { goal: { atLeast: GOALS[against] ?? 1 } } : {}),
    better: 'higher',
    sides: `${number(median(ours))}/s, ${number(median(theirs))}/s`,
  }));
}

async function embeddedSides(count: number, open: Open, skipped: string[], notes: string[]): Promise<Sides> {
  const server = await startTobiishi();
  open.push(() => server.stop());
  const sides: Sides = { Tobiishi: await ourSide(server, count, open) };
  const version = peerVersion('bullmq');
  const redis = version === null ? null : await startRedis();
  if (version === null) skipped.push(`BullMQ: \`${INSTALL}\``);
  else if (redis === null) skipped.push('BullMQ, for want of Redis: `apt-get install -y redis-server`');
  else {
    const { port } = redis;
    open.push(() => redis.stop());
    const program = await Program.start(compiled('programs/bullmq.js'));
    open.push(() => program.stop());
    const side = (mode: string) => async () => count / (await program.ask<number>({ port, steps: count, mode }));
    sides['BullMQ, a job a step (defaults)'] = side('chained');
    sides['BullMQ, one job in place'] = side('in-place');
    notes.push(
      `BullMQ ${version} on Redis ${redis.version}, both with their defaults; in place is the pattern "process step jobs" of its guide.`,
    );
  }
  return sides;
}

async function postgresSides(
  count: number,
  quick: boolean,
  open: Open,
  skipped: string[],
  notes: string[],
): Promise<Sides> {
  const postgres = await PostgresServer.start(['fsync=on']);
  open.push(() => postgres.close());
  const server = await startTobiishi({ env: { DATABASE_URL: await postgres.createDatabase() } });
  open.push(() => server.stop());
  const sides: Sides = { Tobiishi: await ourSide(server, count, open) };
  const program = async (name: string) => {
    const started = await Program.start(compiled(`programs/${name}.js`));
    open.push(() => started.stop());
    const url = await postgres.createDatabase();
    return (mode: string, steps: number) => async () => steps / (await started.ask<number>({ url, steps, mode }));
  };
  const [boss, graphile] = ['pg-boss', 'graphile-worker'].map(peerVersion);
  if (!boss) skipped.push(`pg-boss: \`${INSTALL}\``);
  else {
    const side = await program('pg-boss');
    // It looks for jobs every two seconds: a longer chain would only take longer.
    sides['pg-boss, a worker (defaults)'] = side('work', quick ? 2 : 3);
    sides['pg-boss, fetch and complete'] = side('fetch', count);
    notes.push(`pg-boss ${boss}; its default worker polls every 2 s and was given 3 steps.`);
  }
  if (!graphile) skipped.push(`graphile-worker: \`${INSTALL}\``);
  else {
    const side = await program('graphile-worker');
    sides['graphile-worker (defaults)'] = side('default', count);
    sides['graphile-worker, tuned'] = side('tuned', count);
    notes.push(`graphile-worker ${graphile}; tuned is completeJobBatchDelay and failJobBatchDelay 0.`);
  }
  notes.push('PostgreSQL with fsync on.');
  return sides;
}

async function ourSide(server: Server, count: number, open: Open): Promise<Side> {
  const visitor = new Visitor(server.origin);
  open.push(() => visitor.close());
  return async () => {
    const path = await visitor.start('chain', { count });
    const from = performance.now();
    const { run } = await visitor.follow(path, 0);
    if (run.status !== 'done' || run.seq !== count) throw new Error(`the run is ${run.status} at ${run.seq}`);
    return count / ((performance.now() - from) / 1000);
  };
}
