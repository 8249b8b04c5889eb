import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TobiishiError } from '../../src/core/errors.js';
import { drive } from '../../src/drivers/drive.js';
import { settled } from '../../src/testing/index.js';
import { bench, deferred, jobOf } from '../fixtures/engine.js';

const polite = (count: number) =>
  jobOf(count, {
    step: async (_, { turn }) => {
      await turn('example.org', 12_000);
      return {};
    },
  });

describe('driving a run', () => {
  it('goes on to its end, waiting where a step may not start yet', async () => {
    const { start, clock, store, driver } = bench(polite(4));
    const seqs: number[] = [];
    const { id } = await start();
    const driven = drive(id, { driver, store, clock }, { onProgress: ({ run }) => void seqs.push(run.seq) });
    await clock.advance(40_000);
    assert.equal((await driven)?.status, 'done');
    assert.ok(clock.monotonic() >= 36_000, 'at the host’s pace');
    assert.deepEqual([...new Set(seqs)], [1, 2, 3, 4]);
  });

  it('stops when told to: the step at work is recorded, and no other begins', async () => {
    const begun: unknown[] = [];
    const gate = deferred();
    const job = jobOf(3, {
      step: async (item) => {
        begun.push(item);
        await gate.promise;
        return {};
      },
    });
    const { start, clock, store, driver } = bench(job);
    const { id } = await start();
    const stop = new AbortController();
    const driven = drive(id, { driver, store, clock }, { signal: stop.signal });
    await settled();
    stop.abort();
    gate.resolve();
    const run = await driven;
    assert.deepEqual([run?.status, run?.seq, begun], ['running', 1, [1]]);
  });

  it('asks again when the server says that it may', async () => {
    const { start, clock, store, driver } = bench(jobOf(1, {}));
    const { id } = await start();
    let asked = 0;
    const refusing = {
      rest: () => {},
      advance: async (...args: Parameters<typeof driver.advance>) => {
        asked += 1;
        if (asked === 1) throw new TobiishiError('too-many-requests', 'too many', { seconds: 40 });
        return driver.advance(...args);
      },
    };
    const driven = drive(id, { driver: refusing, store, clock });
    await clock.advance(39_000);
    assert.equal(asked, 1);
    await clock.advance(1000);
    assert.equal((await driven)?.status, 'done');
  });

  it('stops at once in the middle of a wait', async () => {
    const { start, clock, store, driver } = bench(polite(2));
    const { id } = await start();
    const stop = new AbortController();
    const driven = drive(id, { driver, store, clock }, { signal: stop.signal });
    await clock.advance(10_000);
    stop.abort();
    assert.equal((await driven)?.seq, 1);
  });

  it('ends with the run: paused by its visitor, or deleted', async () => {
    const { start, clock, store, driver, runs } = bench(polite(9));
    const [one, other] = [await start(), await start()];
    const driven = [one, other].map(({ id }) => drive(id, { driver, store, clock }));
    await clock.advance(10_000);
    await runs.control(one, 'pause');
    await runs.delete(other);
    await clock.advance(30_000);
    assert.deepEqual(
      (await Promise.all(driven)).map((run) => run?.status),
      ['paused', undefined],
    );
  });

  it('watches while another process has the claim, and takes over when it is gone', async () => {
    let isFirst = true;
    const job = jobOf(2, {
      step: async () => {
        const hang = isFirst;
        isFirst = false;
        return hang ? new Promise<never>(() => {}) : {};
      },
    });
    const { start, ask, clock, store, driver, restart } = bench(job);
    const run = await start();
    void ask(run, restart());
    await settled();
    const driven = drive(run.id, { driver, store, clock });
    // By the wall clock only: the dead one does not renew its lease.
    clock.jump(9000);
    await clock.advance(500);
    assert.equal((await store.findRun(run.id))?.seq, 0);
    clock.jump(2000);
    await clock.advance(500);
    assert.equal((await driven)?.status, 'done');
  });

  it('tries again when no slot is free or the store is away, and says so; what is a bug ends it', async (t) => {
    const { start, clock, store, driver } = bench(jobOf(1, {}));
    const { id } = await start();
    const troubles: unknown[] = [];
    const errors = ['too-busy', 'store-unavailable'] as const;
    const advance = t.mock.method(driver, 'advance');
    errors.forEach((code, i) => {
      advance.mock.mockImplementationOnce(() => Promise.reject(new TobiishiError(code, code)), i);
    });
    const options = { onTrouble: (error: unknown) => void troubles.push((error as TobiishiError).code) };
    const driven = drive(id, { driver, store, clock }, options);
    await clock.advance(3000);
    assert.equal((await driven)?.status, 'done');
    assert.deepEqual(troubles, errors);
    const broken = await start();
    advance.mock.mockImplementationOnce(() => Promise.reject(new TypeError('a bug')), advance.mock.callCount());
    await assert.rejects(drive(broken.id, { driver, store, clock }), /a bug/);
  });
});
