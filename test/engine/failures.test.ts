import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StepError, TobiishiError } from '../../src/core/errors.js';
import type { Job } from '../../src/core/job.js';
import { settled } from '../../src/testing/frozen-clock.js';
import { bench, deferred, failChanges, jobOf } from '../fixtures/engine.js';

const never = () => new Promise<never>(() => {});

describe('a step that throws', () => {
  it('is tried again after a back-off that doubles, three times in all; then the run waits for the visitor', async () => {
    const at: number[] = [];
    const job = jobOf(2, {
      step: async (_, { clock }) => {
        at.push(clock.monotonic());
        throw new Error('broken pipe');
      },
    });
    const { start, ask, clock, runs } = bench(job);
    const run = await start();
    const asked = ask(run);
    await clock.advance(5000);
    const { run: failed, step } = await asked;
    assert.deepEqual(at, [0, 1000, 3000]);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.seq, 0);
    assert.equal(step?.failure?.message, 'broken pipe');
    assert.equal((await runs.control(failed, 'retry')).status, 'running');
  });

  it('is not tried again when that cannot help', async () => {
    let attempts = 0;
    const job = jobOf(1, {
      step: async () => {
        attempts += 1;
        throw new StepError('gone', 'it is gone', { retry: false });
      },
    });
    const { start, ask } = bench(job);
    assert.equal((await ask(await start())).run.status, 'failed');
    assert.equal(attempts, 1);
  });

  it('goes to the end of the line where the job continues, and what still fails is listed', async () => {
    const order: unknown[] = [];
    const job = jobOf(3, {
      onFailure: 'continue',
      step: async (item) => {
        order.push(item);
        if (item === 1) throw new Error('bad row');
        return {};
      },
    });
    const { start, ask, clock, store } = bench(job);
    const run = await start();
    for (let i = 0; i < 3; i += 1) {
      const asked = ask(run);
      await clock.advance(5000);
      await asked;
    }
    const after = await store.findRun(run.id);
    assert.deepEqual(order, [1, 2, 3, 1, 1]);
    assert.equal(after?.status, 'done');
    assert.equal(after?.failedCount, 1);
    assert.equal((await store.listFailures(run.id, null, 5))[0]?.item, 1);
  });

  it('is not tried again when what it returned cannot be kept, and says so', async () => {
    for (const [outcome, problem] of [
      ['rows', /no object/],
      [{ rows: { a: 1 } }, /rows is no array/],
      [{ rows: ['a'] }, /rows\[0\] is no object/],
      [{ rows: [{ a: 1n }] }, /rows\[0\]\.a is a bigint/],
      [{ items: [undefined] }, /items\[0\] is undefined/],
      [{ items: [{ when: new Date() }] }, /items\[0\]\.when is a Date/],
      [{ note: 1 }, /note is no text/],
    ] as const) {
      const job = jobOf(1, { step: async () => outcome as never });
      const { start, ask } = bench(job);
      const { run, step } = await ask(await start());
      assert.equal(run.status, 'failed');
      assert.equal(step?.failure?.code, 'bad-outcome');
      assert.match(step?.failure?.message ?? '', problem);
    }
  });

  it('that takes longer than its job allows is aborted, which counts as a failed attempt', async () => {
    const signals: AbortSignal[] = [];
    const job = jobOf(1, {
      stepTimeoutMs: 1000,
      step: (_, { signal }) => {
        signals.push(signal);
        return never();
      },
    });
    const { start, ask, clock } = bench(job);
    const run = await start();
    for (let i = 0; i < 2; i += 1) {
      const asked = ask(run);
      await clock.advance(5000);
      await asked;
    }
    const { run: failed, step } = await ask(run);
    assert.equal(failed.status, 'failed');
    assert.equal(step?.failure?.code, 'step-timeout');
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, true],
    );
  });

  it('that kills the process every time is given up after three attempts', async () => {
    let attempts = 0;
    const job = jobOf(2, {
      step: async (item) => {
        if (item === 1) return {};
        attempts += 1;
        return never();
      },
    });
    const { start, ask, clock, restart } = bench(job);
    const run = await start();
    for (let i = 0; i < 3; i += 1) {
      // The engine of a killed process never comes back to its claim, which expires.
      const killed = restart();
      void ask(run, killed);
      await settled();
      clock.jump(16_000);
    }
    const { run: failed, step } = await ask(run, restart());
    assert.equal(attempts, 3);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.seq, 1);
    assert.equal(step?.failure?.code, 'killed');
  });
});

describe('a step that gives up beside others at work', () => {
  it('lets them finish and be recorded, and starts no further one, before the run is failed', async () => {
    const begun: unknown[] = [];
    const slow = deferred();
    const job = jobOf(4, {
      concurrency: 2,
      lane: (item) => String(item),
      step: async (item) => {
        begun.push(item);
        if (item === 1) throw new StepError('gone', 'no such page', { retry: false });
        if (item === 2) await slow.promise;
        return {};
      },
    });
    const { start, ask, store } = bench(job);
    const run = await start();
    const asked = ask(run);
    await settled();
    assert.equal((await store.findRun(run.id))?.status, 'running');
    slow.resolve();
    const { run: failed, step } = await asked;
    assert.equal(failed.status, 'failed');
    assert.equal(failed.seq, 1);
    assert.equal(step?.position, 1);
    assert.equal(step?.failure?.code, 'gone');
    assert.deepEqual(begun, [1, 2]);
  });

  it('is the only one: another is tried again after Retry, and gives up then', async () => {
    const job = jobOf(2, {
      concurrency: 2,
      lane: (item) => String(item),
      step: async (item) => {
        throw new StepError('gone', `no page ${item}`, { retry: false });
      },
    });
    const { start, ask, runs, store } = bench(job);
    const run = await start();
    const { run: failed, step } = await ask(run);
    assert.equal(failed.gaveUpPosition, 1);
    assert.equal(step?.failure?.message, 'no page 1');
    const skipped = await runs.control(failed, 'skip');
    const { step: second } = await ask(skipped);
    assert.equal(second?.failure?.message, 'no page 2');
    assert.equal((await store.findRun(run.id))?.seq, 1);
  });
});

describe('steps whose rows must come in the order of items', () => {
  const ordered = (fails: (item: unknown, attempt: number) => boolean) =>
    jobOf(3, {
      onFailure: 'continue',
      keepsPlace: () => true,
      rowsOfFailed: (item) => [{ item, detail: '' }],
      step: async (item, { attempt }) => {
        if (fails(item, attempt)) throw new StepError('away', 'not now');
        return { rows: [{ item, detail: 'x' }] };
      },
    });
  const driven = async (job: Job) => {
    const { start, ask, clock, store } = bench(job);
    let run = await start();
    while (run.status === 'running') {
      const asked = ask(run);
      await clock.advance(5000);
      run = (await asked).run;
    }
    const rows = await store.listRows(run.id, 0, 10);
    return { run, rows: rows.map(({ row }) => `${row['item']}${row['detail']}`) };
  };

  it('wait for one that is tried again', async () => {
    const { run, rows } = await driven(ordered((item, attempt) => item === 1 && attempt < 3));
    assert.deepEqual([rows, run.failedCount], [['1x', '2x', '3x'], 0]);
  });

  it('have a row also of one that failed for good', async () => {
    const { run, rows } = await driven(ordered((item) => item === 2));
    assert.deepEqual([rows, run.failedCount, run.rowCount], [['1x', '2', '3x'], 1, 3]);
  });
});

describe('a store that fails while steps are at work', () => {
  it('has their attempts back when it is back, however often and however long it was away', async () => {
    const attempts: string[] = [];
    let finish = deferred();
    const job = jobOf(2, {
      concurrency: 2,
      lane: (item) => String(item),
      step: async (item, { attempt }) => {
        attempts.push(`${item}: ${attempt}`);
        await (item === 1 && attempts.length <= 8 ? never() : finish.promise);
        return {};
      },
    });
    const { start, ask, clock, store } = bench(job);
    const run = await start();
    const away = new TobiishiError('store-unavailable', 'gone');
    for (let outage = 0; outage < 4; outage += 1) {
      const asked = ask(run);
      await clock.advance(1000);
      const mend = failChanges(store, ['record', 'postpone', 'release', 'renew'], away);
      finish.resolve();
      await assert.rejects(asked, away);
      finish = deferred();
      await clock.advance(60_000);
      mend();
    }
    finish.resolve();
    const asked = ask(run);
    await clock.advance(1000);
    assert.equal((await asked).run.status, 'done');
    assert.deepEqual(attempts, Array.from({ length: 5 }, () => ['1: 1', '2: 1']).flat());
  });
});

describe('a store that fails while a step is recorded', () => {
  it('and is back soon has the run go on soon, with that step', async () => {
    const begun: unknown[] = [];
    const job = jobOf(2, {
      step: async (item) => {
        begun.push(item);
        return {};
      },
    });
    const { start, ask, clock, store } = bench(job);
    const run = await start();
    const away = new TobiishiError('store-unavailable', 'gone');
    const mend = failChanges(store, ['record', 'release'], away);
    await assert.rejects(ask(run), away);
    await clock.advance(2500);
    mend();
    await clock.advance(1000);
    assert.equal((await ask(run)).run.status, 'done');
    assert.deepEqual(begun, [1, 1, 2]);
  });
});

describe('a step whose host may not be asked yet', () => {
  it('waits for its turn while the answer is held, and its attempt is not counted', async () => {
    const starts: number[] = [];
    const attempts: number[] = [];
    const job = jobOf(3, {
      step: async (_, { turn, clock, attempt }) => {
        await turn('example.org', 3000);
        starts.push(clock.monotonic());
        attempts.push(attempt);
        return {};
      },
    });
    const { start, ask, clock } = bench(job);
    const run = await start();
    assert.equal((await ask(run)).run.seq, 1, 'what is recorded is shown before the wait');
    for (const seq of [2, 3]) {
      const asked = ask(run);
      await clock.advance(3000);
      assert.equal((await asked).run.seq, seq);
    }
    assert.deepEqual(starts, [0, 3000, 6000]);
    assert.deepEqual(attempts, [1, 1, 1]);
  });

  it('ends the slice when the wait is longer than the answer may be held', async () => {
    const job = jobOf(2, { step: async (_, { turn }) => turn('example.org', 20_000).then(() => ({})) });
    const { start, ask, clock } = bench(job);
    const run = await start();
    await ask(run);
    const { run: waiting, waitMs } = await ask(run);
    assert.equal(waiting.seq, 1);
    assert.equal(waitMs, 20_000);
    await clock.advance(20_000);
    assert.equal((await ask(run)).run.status, 'done');
  });

  it('is shown with the wait for a turn that nobody has asked for yet', async () => {
    const job = jobOf(2, {
      turnKey: () => 'example.org',
      step: async (_, { turn, clock }) => {
        await turn('example.org', 5000);
        await clock.sleep(2000);
        return {};
      },
    });
    const { start, ask, clock } = bench(job);
    const asked = ask(await start());
    await clock.advance(2000);
    assert.equal((await asked).waitMs, 3000);
  });

  it('waits inside the step for any further turn', async () => {
    const job = jobOf(1, {
      step: async (_, { turn }) => {
        await turn('example.org', 1000);
        await turn('example.org', 1000);
        return {};
      },
    });
    const { start, ask, clock, driver } = bench(job);
    const run = await start();
    const asked = ask(run);
    await clock.advance(400);
    const { workingMs, waitMs, waitsFor } = await driver.show(run);
    assert.deepEqual([workingMs, waitMs, waitsFor], [400, 600, 'example.org']);
    await clock.advance(600);
    assert.equal((await asked).run.status, 'done');
  });
});

describe('a step that says "not now"', () => {
  it('is executed again when it asked to be, in the same attempt, whatever it makes of what is thrown', async () => {
    const at: [attempt: number, ms: number][] = [];
    const job = jobOf(1, {
      step: async (_, { throttle, attempt, clock }) => {
        at.push([attempt, clock.monotonic()]);
        if (at.length === 1) return throttle(30_000);
        if (at.length === 2) {
          try {
            throttle(2000);
          } catch {
            throw new Error('a job that wraps all errors');
          }
        }
        return {};
      },
    });
    const { start, ask, clock } = bench(job);
    const run = await start();
    const { run: waiting, step, waitMs } = await ask(run);
    assert.deepEqual([waiting.status, step?.failure, waitMs], ['running', null, 30_000]);
    await clock.advance(30_000);
    const asked = ask(run);
    await clock.advance(2000);
    assert.equal((await asked).run.status, 'done');
    assert.deepEqual(at, [
      [1, 0],
      [1, 30_000],
      [1, 32_000],
    ]);
  });

  it('for no time at all leaves others theirs, and for no number fails', async () => {
    let called = 0;
    const job = jobOf(1, {
      step: async (_, { throttle }) => {
        called += 1;
        return throttle(called < 5 ? 0 : Number.NaN);
      },
    });
    const { start, ask, clock } = bench(job);
    const asked = ask(await start());
    await clock.advance(5000);
    const { run, step } = await asked;
    assert.equal(run.status, 'failed');
    assert.match(step?.failure?.message ?? '', /throttle\(NaN\)/);
  });
});
