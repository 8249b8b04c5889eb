import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TobiishiError } from '../../src/core/errors.js';
import { jobsByName } from '../../src/core/job.js';
import { type Fault, notifier } from '../../src/core/observer.js';
import { Background, fairly } from '../../src/drivers/background.js';
import { settled } from '../../src/testing/index.js';
import { bench, deferred, jobOf } from '../fixtures/engine.js';

type Bench = ReturnType<typeof bench>;

/** The server's background driver over what `all` has. */
function backgroundOf({ clock, store }: Bench, driver: Bench['driver'], jobs = [jobOf(1, {})], faults: Fault[] = []) {
  const notify = notifier([{ fault: (fault) => void faults.push(fault) }]);
  return new Background({ driver, store, clock, notify, jobs: jobsByName(jobs) });
}

describe('runs in the background', () => {
  it('go on when nobody has asked for them for a while, also those from before a restart', async () => {
    const job = jobOf(3, { step: async (_, { clock }) => clock.sleep(800).then(() => ({})) });
    const all = bench(job);
    const { start, ask, clock, store, restart } = all;
    const run = await start();
    const asked = ask(run);
    await clock.advance(2000);
    assert.equal((await asked).run.seq, 2);
    const background = backgroundOf(all, restart());
    await clock.advance(4000);
    assert.equal((await store.findRun(run.id))?.seq, 2, 'its page may still be there');
    await clock.advance(4000);
    assert.equal((await store.findRun(run.id))?.status, 'done');
    await background.stop();
  });

  it('are left alone where their owner wants them to go on with their page only', async () => {
    const all = bench(jobOf(1, {}));
    const owner = { visitorId: 'visitor', network: null };
    const mine = await all.runs.start(jobOf(1, {}), {}, { ...owner, background: false });
    const other = await all.runs.start(jobOf(1, {}), {}, owner);
    const background = backgroundOf(all, all.driver);
    await all.clock.advance(20_000);
    assert.equal((await all.store.findRun(other.id))?.status, 'done');
    assert.equal((await all.store.findRun(mine.id))?.seq, 0);
    await background.stop();
  });

  it('are joined by a page that comes back', async () => {
    const begun: unknown[] = [];
    const gate = deferred();
    const job = jobOf(1, {
      step: async (item) => {
        begun.push(item);
        await gate.promise;
        return {};
      },
    });
    const all = bench(job);
    const run = await all.start();
    const background = backgroundOf(all, all.driver);
    await all.clock.advance(6000);
    const page = all.ask(run);
    await settled();
    gate.resolve();
    assert.equal((await page).run.status, 'done');
    assert.deepEqual(begun, [1]);
    await background.stop();
  });

  it('take turns when there are many: nobody’s run waits for another visitor’s to end', async () => {
    const job = jobOf(1000, { step: async (_, { clock }) => clock.sleep(500).then(() => ({})) });
    const all = bench(job);
    const { runs, clock, store } = all;
    const started = [];
    for (let i = 0; i < 12; i += 1)
      started.push(await runs.start(job, {}, { visitorId: `visitor ${i % 3}`, network: null }));
    const background = backgroundOf(all, all.driver);
    await clock.advance(60_000);
    const seqs = await Promise.all(started.map(async ({ id }) => (await store.findRun(id))?.seq ?? 0));
    assert.ok(Math.min(...seqs) >= 10, `${seqs}`);
    await Promise.all([background.stop(), clock.advance(1000)]);
  });

  it('that must wait for long leave their place to others, and are taken up when the time has come', async () => {
    const job = jobOf(2, {
      step: async (_, { turn }) => {
        await turn('example.org', 60_000);
        return {};
      },
    });
    const all = bench(job, { maxWorking: 1 });
    const { runs, clock, store } = all;
    const [first, second] = [
      await runs.start(job, {}, { visitorId: 'a', network: null }),
      await runs.start(job, {}, { visitorId: 'b', network: null }),
    ];
    const background = backgroundOf(all, all.driver);
    await clock.advance(10_000);
    const seqs = await Promise.all([first, second].map(async ({ id }) => (await store.findRun(id))?.seq));
    assert.deepEqual(seqs.sort(), [0, 1], 'the host has one turn for both');
    await clock.advance(240_000);
    for (const { id } of [first, second]) assert.equal((await store.findRun(id))?.status, 'done');
    await background.stop();
  });

  it('are left alone whose job this process does not have, or not in that version', async () => {
    const all = bench(jobOf(1, {}));
    const run = await all.start();
    const background = backgroundOf(all, all.driver, [jobOf(1, { version: 2 })]);
    await all.clock.advance(10_000);
    assert.equal((await all.store.findRun(run.id))?.status, 'running');
    await background.stop();
  });

  it('are looked for again after the store was away, which is heard of', async () => {
    const all = bench(jobOf(1, {}));
    const run = await all.start();
    const faults: Fault[] = [];
    const { listIdleRuns } = all.store;
    all.store.listIdleRuns = () => Promise.reject(new TobiishiError('store-unavailable', 'gone'));
    const background = backgroundOf(all, all.driver, undefined, faults);
    await all.clock.advance(5000);
    all.store.listIdleRuns = listIdleRuns;
    await all.clock.advance(10_000);
    assert.deepEqual(
      faults.map(({ during }) => during),
      ['background'],
    );
    assert.equal((await all.store.findRun(run.id))?.status, 'done');
    await background.stop();
  });

  it('begin nothing more when the server stops, which waits for the steps at work', async () => {
    const gate = deferred();
    const begun: unknown[] = [];
    const job = jobOf(2, {
      step: async (item) => {
        begun.push(item);
        await gate.promise;
        return {};
      },
    });
    const all = bench(job);
    const run = await all.start();
    const background = backgroundOf(all, all.driver);
    await all.clock.advance(6000);
    const stopped = background.stop();
    await settled();
    gate.resolve();
    await stopped;
    await all.clock.advance(20_000);
    assert.deepEqual(begun, [1]);
    assert.equal((await all.store.findRun(run.id))?.seq, 1);
  });
});

it('each visitor’s first run comes before anybody’s second', () => {
  const runs = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'].map((id) => ({ id, visitorId: id.charAt(0) }));
  const order = (driven: string[]) => fairly(runs, driven).map(({ id }) => id);
  assert.deepEqual(order([]), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  assert.deepEqual(order(['b', 'b', 'a']), ['c1', 'a1', 'c2', 'a2', 'b1', 'a3']);
});
