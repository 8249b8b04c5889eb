import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allows, type RunAction, type RunStatus } from '../../src/core/run.js';
import { settled } from '../../src/testing/frozen-clock.js';
import { bench, deferred, jobOf } from '../fixtures/engine.js';

const slow = () => jobOf(3, { step: async (_, { clock, signal }) => clock.sleep(2000, signal).then(() => ({})) });

describe('control', () => {
  it('pauses after the step at work, which is recorded', async () => {
    const { start, ask, clock, runs, store } = bench(slow());
    const run = await start();
    const asked = ask(run);
    await clock.advance(100);
    await runs.control(run, 'pause');
    await clock.advance(2000);
    assert.equal((await asked).run.status, 'paused');
    assert.equal((await store.findRun(run.id))?.seq, 1);
    assert.equal((await ask(run)).run.seq, 1);
  });

  it('wakes and stops a run that waits for its turn', async () => {
    const job = jobOf(2, { step: async (_, { turn }) => turn('example.org', 4000).then(() => ({})) });
    const { start, ask, runs } = bench(job);
    const run = await start();
    await ask(run);
    const asked = ask(run);
    await settled();
    await runs.control(await runs.find(run.id, 'visitor'), 'pause');
    assert.equal((await asked).run.status, 'paused');
  });

  it('cancels at once, aborts the step at work and throws it away', async () => {
    const { start, ask, runs, store } = bench(slow());
    const run = await start();
    const asked = ask(run);
    await settled();
    await runs.control(run, 'cancel');
    assert.equal((await asked).run.status, 'cancelled');
    assert.equal((await store.findRun(run.id))?.seq, 0);
  });

  it('refuses what the status forbids', async () => {
    const { start, runs } = bench(jobOf(1, {}));
    const run = await start();
    for (const action of ['resume', 'retry', 'skip'] as const) {
      await assert.rejects(runs.control(run, action), { code: 'wrong-status' });
    }
  });

  it('offers exactly what each status allows', () => {
    const offered = (status: RunStatus, reason: 'step-failed' | 'version-changed' | null = null) =>
      (['pause', 'resume', 'retry', 'skip', 'cancel'] satisfies RunAction[]).filter((a) =>
        allows({ status, reason }, a),
      );
    assert.deepEqual(offered('running'), ['pause', 'cancel']);
    assert.deepEqual(offered('paused'), ['resume', 'cancel']);
    assert.deepEqual(offered('failed', 'step-failed'), ['retry', 'skip', 'cancel']);
    assert.deepEqual(offered('failed', 'version-changed'), ['cancel']);
    assert.deepEqual(offered('done'), []);
    assert.deepEqual(offered('cancelled'), []);
  });

  it('shows a run to its own visitor only', async () => {
    const { start, runs } = bench(jobOf(1, {}));
    const { id } = await start();
    await assert.rejects(runs.find(id, 'another'), { code: 'run-not-found' });
    await assert.rejects(runs.find('absent', 'visitor'), { code: 'run-not-found' });
  });
});

describe('stopping the server', () => {
  it('lets the step at work finish, starts no other and releases the claim', async () => {
    const { start, ask, clock, driver, restart } = bench(slow());
    const run = await start();
    const asked = ask(run);
    await clock.advance(1000);
    const stopped = driver.stop();
    await clock.advance(1000);
    await stopped;
    assert.equal((await asked).run.seq, 1);
    const refused = ask(run);
    await clock.advance(1000);
    assert.equal((await refused).run.seq, 1, 'a stopping engine starts nothing');
    const next = restart();
    const again = ask(run, next);
    await clock.advance(2000);
    assert.equal((await again).run.seq, 2);
  });

  it('aborts a step that takes too long, without counting the attempt', async () => {
    const begun = deferred();
    const attempts: number[] = [];
    const job = jobOf(1, {
      step: async (_, { attempt, signal, clock }) => {
        attempts.push(attempt);
        begun.resolve();
        await clock.sleep(60_000, signal);
        return {};
      },
    });
    const { start, ask, clock, driver, restart } = bench(job);
    const run = await start();
    void ask(run);
    await begun.promise;
    const stopped = driver.stop();
    await clock.advance(20_000);
    await stopped;
    void ask(run, restart());
    await clock.advance(1);
    assert.deepEqual(attempts, [1, 1]);
  });
});

describe('the lease', () => {
  it('is renewed while a step works, so that nobody else executes it', async () => {
    let executed = 0;
    const job = jobOf(1, {
      step: async (_, { clock }) => {
        executed += 1;
        await clock.sleep(40_000);
        return {};
      },
    });
    const { start, ask, clock, restart } = bench(job);
    const run = await start();
    const asked = ask(run);
    await clock.advance(30_000);
    await asked;
    const other = restart();
    const waiting = ask(run, other);
    await clock.advance(5000);
    assert.equal((await waiting).run.seq, 0);
    await clock.advance(5000);
    assert.equal((await ask(run, other)).run.status, 'done');
    assert.equal(executed, 1);
  });
});
