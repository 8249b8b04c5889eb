import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextTime } from '../../src/core/cron.js';
import { type Job, jobsByName } from '../../src/core/job.js';
import { type Fault, notifier } from '../../src/core/observer.js';
import type { NewSchedule } from '../../src/core/schedules.js';
import { Scheduler } from '../../src/drivers/scheduler.js';
import { Blocks } from '../../src/engine/blocks.js';
import { SqliteBlocks } from '../../src/store/sqlite/blocks.js';
import { openSqlite } from '../../src/store/sqlite/database.js';
import { SqliteSchedules } from '../../src/store/sqlite/schedules.js';
import { bench, jobOf } from '../fixtures/engine.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A server's scheduler, with one schedule of `job`. */
async function scheduled(job: Job, more: Partial<NewSchedule> = {}, known: Job = job) {
  // Its package is loaded now: that takes time which is not frozen.
  await nextTime('* * * * *', 'UTC', 0);
  const all = bench(job);
  const { clock, store, runs } = all;
  const schedules = new SqliteSchedules(openSqlite(':memory:'), clock);
  const blocks = new Blocks(new SqliteBlocks(openSqlite(':memory:'), clock), clock);
  const faults: Fault[] = [];
  const notify = notifier([{ fault: (fault) => void faults.push(fault) }]);
  const start = () => new Scheduler({ schedules, jobs: jobsByName([known]), runs, store, blocks, clock, notify });
  await schedules.add({
    id: 'schedule',
    visitorId: 'visitor',
    network: 'network',
    job: job.name,
    version: job.version,
    input: {},
    name: 'mornings',
    cron: '0 * * * *',
    timeZone: 'UTC',
    nextAt: clock.now() + HOUR_MS,
    ...more,
  });
  return {
    ...all,
    faults,
    blocks,
    start,
    schedule: async () => (await schedules.list('visitor'))[0] ?? assert.fail('it is gone'),
    started: () => store.listRuns('visitor', 100),
  };
}

const quick = jobOf(1, {});

describe('a schedule', () => {
  it('starts a run when its time has come, and again the next time', async () => {
    const { start, clock, started, schedule, ask } = await scheduled(quick);
    const scheduler = start();
    await clock.advance(HOUR_MS - MINUTE_MS);
    assert.deepEqual(await started(), []);
    await clock.advance(MINUTE_MS);
    const [first] = await started();
    assert.deepEqual([first?.network, first?.name, first?.background], ['network', 'mornings', true]);
    assert.equal((await schedule()).lastRunId, first?.id);
    await ask(first ?? assert.fail());
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.equal((await started()).length, 2);
    await scheduler.stop();
  });

  it('makes up once for the times that were missed', async () => {
    const { start, clock, started, schedule } = await scheduled(quick);
    await clock.advance(5 * HOUR_MS + MINUTE_MS);
    const scheduler = start();
    await clock.advance(MINUTE_MS);
    assert.equal((await started()).length, 1);
    assert.equal((await schedule()).nextAt, Math.ceil(clock.now() / HOUR_MS) * HOUR_MS);
    await scheduler.stop();
  });

  it('waits for the run before to be over', async () => {
    const { start, clock, started, ask } = await scheduled(quick);
    const scheduler = start();
    await clock.advance(3 * HOUR_MS);
    const [first, ...others] = await started();
    assert.deepEqual(others, []);
    await ask(first ?? assert.fail());
    await clock.advance(2 * MINUTE_MS);
    assert.equal((await started()).length, 2);
    await scheduler.stop();
  });

  it('is looked after by several processes, and starts one run', async () => {
    const { start, clock, started } = await scheduled(quick);
    const schedulers = [start(), start(), start()];
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.equal((await started()).length, 1);
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  });

  it('waits while the operator lets nobody start anything', async () => {
    const { start, clock, started, blocks } = await scheduled(quick);
    await blocks.put({ kind: 'starts', value: '', reason: 'too busy' });
    const scheduler = start();
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.deepEqual(await started(), []);
    await blocks.remove('starts', '');
    await clock.advance(MINUTE_MS);
    assert.equal((await started()).length, 1);
    await scheduler.stop();
  });

  it('says why nothing was started, and tries again the next time', async () => {
    const empty = jobOf(0, {});
    const { start, clock, started, schedule, faults } = await scheduled(empty);
    const scheduler = start();
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.deepEqual(await started(), []);
    assert.equal((await schedule()).problem, 'plan-empty');
    assert.equal((await schedule()).nextAt, Math.ceil(clock.now() / HOUR_MS) * HOUR_MS);
    assert.deepEqual(faults, []);
    await scheduler.stop();
  });

  it('starts nothing of a job whose version has changed', async () => {
    const { start, clock, started, schedule } = await scheduled(quick, {}, { ...quick, version: 2 });
    const scheduler = start();
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.deepEqual(await started(), []);
    assert.equal((await schedule()).problem, 'version-changed');
    await scheduler.stop();
  });

  it('follows the clocks of its time zone', async () => {
    const { start, clock, schedule } = await scheduled(quick, { cron: '30 6 * * *', timeZone: 'Asia/Tokyo' });
    const scheduler = start();
    await clock.advance(HOUR_MS + MINUTE_MS);
    assert.equal(new Date((await schedule()).nextAt ?? 0).toISOString(), '2026-01-01T21:30:00.000Z');
    await scheduler.stop();
  });
});
