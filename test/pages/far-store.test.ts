import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { jobOf } from '../fixtures/engine.js';
import { farPort } from '../fixtures/far-away.js';
import { PostgresServer } from '../fixtures/postgres.js';
import { startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { startSite } from './site.js';

const TRIP_MS = 900;
const ANSWER_WITHIN_MS = 5000;

const slow = jobOf(2, {
  turnKey: () => 'a host',
  step: async (_item, { clock, signal }) => {
    await clock.sleep(20_000, signal);
    return { rows: [{ done: true }] };
  },
});

describe('a store whose answers take 900 ms', () => {
  const clock = new FrozenClock();
  let site: Awaited<ReturnType<typeof startSite>>;
  before(async () => {
    const times = { storeTripMs: TRIP_MS, paceMs: 1000, answerWithinMs: ANSWER_WITHIN_MS };
    const quotas = { visitorBytes: 1e9, networkBytes: 1e9, allBytes: 1e9 };
    site = await startSite([slow], { clock, quotas, ...times });
  });
  after(async () => {
    const closed = site.close();
    await clock.advance(120_000);
    await closed;
  });

  /** The answer, and how long it took on the clock, which goes on while it is waited for. */
  async function timed<T>(asking: Promise<T>): Promise<{ answer: T; ms: number }> {
    const from = clock.monotonic();
    let isOver = false;
    const over = asking.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await clock.advance(20);
      // The request itself takes real time.
      await sleep(1);
    }
    return { answer: await over, ms: clock.monotonic() - from };
  }

  it('takes its time from what a page may take: each page of a run comes within its budget', async () => {
    const visitor = new Visitor(site.url);
    await timed(visitor.get('/jobs/job'));
    const form = await (await timed(visitor.get('/jobs/job'))).answer.text();
    const token = /name="_csrf" value="([^"]+)"/.exec(form)?.[1] ?? '';
    const { answer: started, ms } = await timed(visitor.post('/runs', { job: 'job', _csrf: token }));
    assert.ok(ms <= ANSWER_WITHIN_MS, `started after ${ms} ms`);
    const path = started.headers.get('location') ?? '';
    const shown = await timed(visitor.get(path));
    assert.ok(shown.ms <= ANSWER_WITHIN_MS, `shown after ${shown.ms} ms`);
    const seen: number[] = [];
    for (let seq = 0; seq < 2; ) {
      const { answer, ms } = await timed(visitor.get(`${path}?seq=${seq}`));
      assert.equal(answer.status, 200);
      assert.ok(ms <= ANSWER_WITHIN_MS, `the page after ${seq} came after ${ms} ms`);
      seq = runHeader(answer).seq;
      seen.push(seq);
    }
    assert.ok(seen.includes(1) && seen.includes(2), 'and the run goes on behind them');
  });
});

describe('a PostgreSQL 300 ms away', () => {
  let postgres: PostgresServer;
  let far: Awaited<ReturnType<typeof farPort>>;
  let server: Awaited<ReturnType<typeof startServer>>;
  before(async () => {
    postgres = await PostgresServer.start();
    const address = new URL(await postgres.createDatabase());
    far = await farPort(postgres.port, 150);
    address.port = String(far.port);
    server = await startServer({ DATABASE_URL: address.href, HOST_TIMEOUT: '6' });
  });
  after(async () => {
    await server.kill('SIGTERM');
    far.close();
    await postgres.close();
  });

  it('does not keep the pages of a run for longer than the host allows', async () => {
    const visitor = new Visitor(server.url);
    const path = await visitor.start('wait', { seconds: '1' });
    for (let seq = 0; seq < 2; ) {
      const from = performance.now();
      const response = await visitor.get(`${path}?seq=${seq}`);
      await response.text();
      const ms = performance.now() - from;
      // Half of that, on a machine that has nothing else to do.
      assert.ok(ms <= 6000, `the page after ${seq} came after ${ms} ms`);
      seq = runHeader(response).seq;
    }
  });
});
