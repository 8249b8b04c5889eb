import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StepError, TobiishiError } from '../../src/core/errors.js';
import type { EndedRun } from '../../src/core/job.js';
import type { Observer } from '../../src/core/observer.js';
import { settled } from '../../src/testing/index.js';
import { bench, deferred, failChanges, jobOf } from '../fixtures/engine.js';

/** Notes what it hears, in short. */
function listener() {
  const heard: string[] = [];
  const thrown: unknown[] = [];
  const observer: Observer = {
    runStarted: ({ run }) => void heard.push(`started ${run.total}`),
    stepRecorded: ({ step, status, run }) => void heard.push(`recorded ${step.item} ${status} ${run.seq}/${run.total}`),
    stepFailed: (event) => {
      heard.push(`failed ${event.step.item} ${event.step.attempts} ${event.failure.code} ${event.next}`);
      thrown.push(event.thrown);
    },
    claimLost: () => void heard.push('lost'),
    runEnded: ({ run }) => void heard.push(`ended ${run.status}`),
    fault: ({ during, error }) => {
      heard.push(`fault ${during}`);
      thrown.push(error);
    },
  };
  return { heard, thrown, observer };
}

describe('an observer', () => {
  it('hears of each step and of the run’s end, with what was thrown as it was', async () => {
    const { heard, thrown, observer } = listener();
    const broken = new RangeError('out of reach');
    const job = jobOf(3, {
      onFailure: 'continue',
      step: async (item, { attempt }) => {
        if (item === 1 && attempt === 1) throw broken;
        if (item === 2) throw new StepError('gone', 'it is gone', { retry: false });
        return {};
      },
    });
    const { start, ask, clock } = bench(job, { observer });
    const run = await start();
    await ask(run);
    await clock.advance(2000);
    await ask(run);
    assert.deepEqual(heard, [
      'started 3',
      'failed 1 1 step-threw retry',
      'recorded 2 failed 1/3',
      'failed 2 1 gone record',
      'recorded 3 done 2/3',
      'recorded 1 done 3/3',
      'ended done',
    ]);
    assert.equal(thrown[0], broken);
  });

  it('hears of a run that stops at a failure, and of what its visitor does then', async () => {
    const { heard, observer } = listener();
    const job = jobOf(1, { step: () => Promise.reject(new StepError('gone', 'it is gone', { retry: false })) });
    const { start, ask, runs } = bench(job, { observer });
    const { run: failed } = await ask(await start());
    await runs.control(failed, 'skip');
    await runs.control(await start(), 'cancel');
    assert.deepEqual(heard, [
      'started 1',
      'failed 1 1 gone give-up',
      'ended failed',
      'ended done',
      'started 1',
      'ended cancelled',
    ]);
  });

  it('hears of a claim that is lost, and nothing of what was thrown away with it', async () => {
    const { heard, observer } = listener();
    const gate = deferred();
    const { start, ask, runs } = bench(jobOf(1, { step: () => gate.promise.then(() => ({})) }), { observer });
    const run = await start();
    const asked = ask(run);
    await settled();
    await runs.delete(run);
    gate.resolve();
    await asked;
    assert.deepEqual(heard, ['started 1', 'lost']);
  });

  it('hears of a store that fails after the page was answered', async () => {
    const { heard, thrown, observer } = listener();
    const gate = deferred();
    const { start, ask, clock, store } = bench(jobOf(1, { step: () => gate.promise.then(() => ({})) }), { observer });
    const asked = ask(await start());
    await clock.advance(5000);
    assert.equal((await asked).workingMs, 5000, 'the page is answered');
    const away = new TobiishiError('store-unavailable', 'gone');
    failChanges(store, ['record', 'renew'], away);
    await clock.advance(3000);
    gate.resolve();
    await clock.advance(1);
    assert.deepEqual(heard, ['started 1', 'fault renew', 'fault slice']);
    assert.deepEqual(thrown, [away, away]);
  });
});

describe('the hooks of a job', () => {
  it('are called once, with what the run came to', async () => {
    const told: string[] = [];
    const note = (hook: string) => async (run: EndedRun) => {
      const rows: unknown[] = [];
      for await (const row of run.rows()) rows.push(row);
      told.push(`${hook} ${run.status} ${run.seq} ${run.failure?.code ?? ''} ${JSON.stringify(rows)}`);
    };
    const job = jobOf(2, {
      onDone: note('onDone'),
      onFailed: note('onFailed'),
      step: async (item, { attempt }) => {
        if (item === 2 && told.length === 0) throw new StepError('gone', `at ${attempt}`, { retry: false });
        return { rows: [{ item }] };
      },
    });
    const { start, ask, runs, driver } = bench(job);
    const { run: failed } = await ask(await start());
    await driver.show(failed);
    assert.deepEqual(told, ['onFailed failed 1 gone [{"item":1}]']);
    await ask(await runs.control(failed, 'retry'));
    await ask(failed);
    assert.deepEqual(told.slice(1), ['onDone done 2  [{"item":1},{"item":2}]']);
  });

  it('that throw change nothing, and are heard of', async () => {
    const { heard, observer } = listener();
    const job = jobOf(1, { onDone: () => Promise.reject(new Error('the mail server is away')) });
    const { start, ask, driver } = bench(job, { observer });
    assert.equal((await ask(await start())).run.status, 'done');
    await driver.stop();
    assert.equal(heard.at(-1), 'fault hook');
  });

  it('are waited for when the server stops', async () => {
    const gate = deferred();
    let isOver = false;
    const job = jobOf(1, { onDone: () => gate.promise });
    const { start, ask, driver, clock } = bench(job);
    await ask(await start());
    const stopped = driver.stop().then(() => {
      isOver = true;
    });
    await clock.advance(1000);
    assert.equal(isOver, false);
    gate.resolve();
    await stopped;
  });
});
