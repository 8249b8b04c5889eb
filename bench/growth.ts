import Database from 'libsql';
import pg from 'pg';
import { PostgresServer } from '../test/fixtures/postgres.js';
import type { Bench, Figure } from './lib/bench.js';
import { type Cost, costOf } from './lib/cost.js';
import { alternate, median, ratioOf, spreadOf } from './lib/measure.js';
import { number } from './lib/report.js';
import { type Server, startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

/** Of a row's text, so that 100,000 steps record 10,000 KB of rows. */
const ROW_CHARACTERS = 78;
const EARLY = 100;

export const growth: Bench = {
  name: 'growth',
  measures:
    'Pages of one step each around step 100,000 of a run that has recorded 10,000 KB of rows, and around step 100 of the same job in an empty database. Both servers were started just before, and take turns.',
  wrong: [
    'Something grew so slowly that 100,000 steps do not show it.',
    'The database no longer fitted into memory: that of this run does.',
    'One side were colder: both servers are warmed up with the same number of pages.',
  ],
  async run({ quick }) {
    const late = quick ? 5000 : 100_000;
    const notes = [`The late side begins at step ${number(late)}.`];
    const figures = await compare('SQLite', undefined, undefined, late, quick);
    if (quick) return { figures, notes, skipped: ['PostgreSQL: run without --quick'] };
    const postgres = await PostgresServer.start(['fsync=on']);
    try {
      const urls = [await postgres.createDatabase(), await postgres.createDatabase()] as const;
      return { figures: [...figures, ...(await compare('PostgreSQL', ...urls, late, quick))], notes };
    } finally {
      await postgres.close();
    }
  },
};

async function compare(
  store: string,
  lateUrl: string | undefined,
  earlyUrl: string | undefined,
  late: number,
  quick: boolean,
): Promise<Figure[]> {
  const grown = await grow(lateUrl, late);
  const early = await startTobiishi({ env: envOf(earlyUrl), oneStep: true });
  const pages = quick ? 100 : 300;
  let { seq } = grown;
  let [lateBytes, earlyBytes] = [0, 0];
  const follow = async (count: number) => {
    const { run, text } = await grown.visitor.follow(grown.path, seq, count);
    seq = run.seq;
    lateBytes = Buffer.byteLength(text);
  };
  const lateSide = async () => {
    // As many as the early side has before it is measured: what was answered often is answered faster.
    await follow(EARLY);
    return costOf(pages, grown.server, () => follow(pages));
  };
  const earlySide = async () => {
    const visitor = new Visitor(early.origin);
    const path = await visitor.start('chain', { count: 10_000, bytes: ROW_CHARACTERS });
    const { text } = await visitor.follow(path, 0, EARLY);
    earlyBytes = Buffer.byteLength(text);
    const cost = await costOf(pages, early, () => visitor.follow(path, EARLY, pages));
    await visitor.close();
    return cost;
  };
  try {
    await alternate(2, { lateSide, earlySide });
    const costs = await alternate<'late' | 'early', Cost>(quick ? 3 : 9, { late: lateSide, early: earlySide });
    const sizes = [
      await sessionSize(lateUrl ?? grown.server.database),
      await sessionSize(earlyUrl ?? early.database),
    ] as const;
    const common = { against: `the same at step ${EARLY}`, goal: { atMost: 1.1 }, better: 'lower' as const };
    const cost = (what: string, of: (cost: Cost) => number): Figure => ({
      ...common,
      what: `${what}, ${store}`,
      ratio: ratioOf(costs.late.map(of), costs.early.map(of)),
      sides: `${number(median(costs.late.map(of)))} ms, ${number(median(costs.early.map(of)))} ms`,
    });
    const size = (what: string, a: number, b: number): Figure => ({
      ...common,
      what: `${what}, ${store}`,
      ratio: spreadOf([a / b]),
      sides: `${number(a)} bytes, ${number(b)} bytes`,
    });
    return [
      cost('ms per page', ({ ms }) => ms),
      cost('CPU per page', ({ cpuMs }) => cpuMs),
      size('size of a page', lateBytes, earlyBytes),
      size('size of the session', ...sizes),
    ];
  } finally {
    await grown.visitor.close();
    await Promise.all([grown.server.stop(), early.stop()]);
  }
}

/** A run grown to `late` steps as fast as it goes, and a fresh server for it. */
async function grow(url: string | undefined, late: number) {
  const server = await startTobiishi({ env: envOf(url) });
  const first = new Visitor(server.origin);
  const path = await first.start('chain', { count: 10_000_000, bytes: ROW_CHARACTERS });
  let seq = 0;
  while (seq < late) seq = (await first.follow(path, seq, 1)).run.seq;
  await first.close();
  const restarted: Server = await server.restart({ oneStep: true });
  return { server: restarted, visitor: new Visitor(restarted.origin, first.cookies), path, seq };
}

function envOf(url: string | undefined): Record<string, string> {
  return url === undefined ? {} : { DATABASE_URL: url };
}

/** Bytes of the largest session record. */
async function sessionSize(database: string): Promise<number> {
  if (database.startsWith('postgres:')) {
    const client = new pg.Client(database);
    await client.connect();
    const { rows } = await client.query('SELECT max(length(sess::text)) AS size FROM tobiishi.sessions');
    await client.end();
    return rows[0].size;
  }
  const db = new Database(database);
  const { size } = db.prepare('SELECT max(length(data)) AS size FROM sessions').get() as { size: number };
  db.close();
  return size;
}
