import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobsByName } from '../../src/core/job.js';
import { type Fault, notifier } from '../../src/core/observer.js';
import { checkNode, checkVersion } from '../../src/drivers/run-queue.js';
import { Worker } from '../../src/drivers/worker.js';
import { settled } from '../../src/testing/index.js';
import { bench, jobOf } from '../fixtures/engine.js';

type Drive = (runId: string) => Promise<number | null>;

/** A worker whose queue is the test: `drive` is what it has each job done by, `sent` are the runs that it sends. */
async function workerOf({ clock, store, driver }: ReturnType<typeof bench>, jobs = [jobOf(1, {})]) {
  const sent: string[] = [];
  const faults: Fault[] = [];
  let drive: Drive = async () => null;
  const queue = {
    send: async (runId: string) => void sent.push(runId),
    work: async (_: number, given: Drive) => {
      drive = given;
    },
  };
  const notify = notifier([{ fault: (fault) => void faults.push(fault) }]);
  const worker = await Worker.start({ clock, store, driver, queue, notify, jobs: jobsByName(jobs) });
  return { worker, sent, faults, drive: (runId: string) => drive(runId) };
}

describe('a worker', () => {
  it('sees a run through, and asks for it no more', async () => {
    const all = bench(jobOf(3, {}));
    const { drive, worker } = await workerOf(all);
    const { id } = await all.start();
    assert.equal(await drive(id), null);
    assert.equal((await all.store.findRun(id))?.status, 'done');
    assert.equal(await drive('deleted meanwhile'), null);
    await worker.stop();
  });

  it('gives a run back that must wait, until it may go on', async () => {
    const job = jobOf(2, { step: async (_, { throttle }) => throttle(40_000) });
    const all = bench(job);
    const { drive, worker } = await workerOf(all);
    const { id } = await all.start();
    const driven = drive(id);
    await all.clock.advance(1000);
    const againMs = (await driven) ?? 0;
    assert.ok(againMs > 35_000 && againMs <= 40_000, `after ${againMs} ms`);
    await worker.stop();
  });

  it('makes way for others after its turn, and when it is stopped', async () => {
    const all = bench(jobOf(100, { step: async (_, { clock }) => clock.sleep(1000).then(() => ({})) }));
    const { drive, worker } = await workerOf(all);
    const { id } = await all.start();
    const driven = drive(id);
    await all.clock.advance(40_000);
    assert.equal(await driven, 0);
    const { seq } = await all.runs.findAny(id);
    assert.ok(seq >= 29 && seq <= 32, `at ${seq}`);
    const again = drive(id);
    await all.clock.advance(1500);
    const stopped = worker.stop();
    await all.clock.advance(2000);
    await stopped;
    assert.deepEqual([await again, await drive(id)], [0, 0]);
  });

  it('leaves a run of another version to those who know it', async () => {
    const all = bench(jobOf(1, {}));
    const { drive, worker } = await workerOf(all, [jobOf(1, { version: 2 })]);
    const { id } = await all.start();
    assert.ok(((await drive(id)) ?? 0) >= 5000);
    assert.equal((await all.store.findRun(id))?.status, 'running');
    await worker.stop();
  });

  it('finds runs that have no job', async () => {
    const all = bench(jobOf(1, {}));
    const { sent, worker } = await workerOf(all);
    const { id } = await all.start();
    await settled();
    await all.clock.advance(11_000);
    assert.equal(sent[0], id);
    await worker.stop();
  });

  it('says what is missing', () => {
    assert.throws(() => checkNode('20.19.4'), /Workers need Node\.js 22\.12 or later; this is 20\.19\.4/);
    assert.throws(() => checkNode('22.11.0'), /22\.12/);
    for (const version of ['22.12.0', '24.0.0']) checkNode(version);
    assert.throws(() => checkVersion('10.4.2'), /pg-boss 12; installed is 10\.4\.2: npm install pg-boss@12/);
    checkVersion('12.38.0');
  });
});

describe('a page of a run that is with a worker', () => {
  const slow = () => jobOf(9, { step: async (_, { clock }) => clock.sleep(800).then(() => ({})) });

  it('watches while it moves', async () => {
    const job = slow();
    const all = bench(job, { watchesWorkers: true });
    const run = await all.start();
    const elsewhere = all.restart();
    const worked = all.ask(run, elsewhere);
    const watched = all.ask(run);
    await all.clock.advance(1000);
    assert.equal((await watched).run.seq, 1);
    assert.equal(all.driver.load.runs, 0, 'nothing is executed here');
    await all.clock.advance(2000);
    await worked;
  });

  it('goes on by itself when nothing moves', async () => {
    const all = bench(slow(), { watchesWorkers: true });
    const run = await all.start();
    const asked = all.ask(run);
    await all.clock.advance(2000);
    assert.equal(all.driver.load.runs, 0);
    await all.clock.advance(3000);
    assert.ok((await asked).run.seq >= 1);
  });
});
