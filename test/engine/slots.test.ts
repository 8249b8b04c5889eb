import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TobiishiError } from '../../src/core/errors.js';
import type { Run } from '../../src/core/run.js';
import { claimRun } from '../../src/core/run-changes.js';
import { settled } from '../../src/testing/frozen-clock.js';
import { bench, deferred, failChanges, jobOf } from '../fixtures/engine.js';

describe('a slot for each step at work', () => {
  it('is refused past it, with nothing executed, and given when one has ended', async () => {
    const gate = deferred();
    let executed = 0;
    const job = jobOf(1, {
      step: async () => {
        executed += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, ask } = bench(job, { maxWorking: 2 });
    const runs = [await start('a'), await start('b'), await start('c')] as const;
    const asked = [ask(runs[0]), ask(runs[1])];
    await assert.rejects(ask(runs[2]), { code: 'too-busy' });
    assert.equal(executed, 2);
    const joined = ask(runs[0]);
    gate.resolve();
    await Promise.all([...asked, joined]);
    assert.equal((await ask(runs[2])).run.status, 'done');
  });

  it('is not taken by a run that only waits, which finds none when its step is due', async () => {
    let gate = deferred();
    let begun = 0;
    const job = jobOf(2, {
      step: async (_, { turn }) => {
        await turn('example.org', 3000);
        begun += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, ask, clock } = bench(job, { maxWorking: 1 });
    const [first, second] = [await start(), await start()];
    const asked = ask(first);
    await settled();
    await assert.rejects(ask(second), { code: 'too-busy' });
    gate.resolve();
    assert.equal((await asked).run.seq, 1);
    // The host gets its pause, and meanwhile the slot is free for the other.
    gate = deferred();
    const waiting = [ask(first)];
    await settled();
    waiting.push(ask(second));
    await clock.advance(3000);
    assert.equal(begun, 2, 'one of the two found a slot');
    gate.resolve();
    await clock.advance(5000);
    await Promise.all(waiting);
  });

  it('is shared by runs of several lanes: never more at work, and whoever has begun goes on', async () => {
    let atWork = 0;
    let most = 0;
    const job = jobOf(9, {
      lane: (item) => String(item),
      concurrency: 3,
      step: async (_, { clock }) => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise<void>((resolve) => clock.after(100, resolve));
        atWork -= 1;
        return {};
      },
    });
    const { start, ask, clock } = bench(job, { maxWorking: 6 });
    const asked = [ask(await start('a')), ask(await start('b'))];
    await settled();
    assert.equal(atWork, 4, 'three and one');
    await clock.advance(1000);
    const seqs = (await Promise.all(asked)).map(({ run }) => run.seq);
    assert.deepEqual(seqs, [9, 9]);
    assert.ok(most <= 6, `${most} at once`);
  });

  it('is not held by a step that sleeps, and taken again when it wakes, there or not', async () => {
    const gate = deferred();
    let awake = 0;
    const job = jobOf(1, {
      step: async (_, { clock, signal }) => {
        await Promise.all([clock.sleep(60_000, signal), clock.sleep(200_000, signal)]);
        awake += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, ask, clock } = bench(job, { maxWorking: 2 });
    const asleep = [];
    for (let i = 0; i < 20; i += 1) asleep.push(ask(await start(`visitor ${i}`, 'network')));
    await settled();
    await clock.advance(200_000);
    assert.equal(awake, 20);
    await assert.rejects(ask(await start('next')), { code: 'too-busy' });
    gate.resolve();
    await Promise.all(asleep);
    await clock.advance(20_000);
    void ask(await start('next'));
    await settled();
  });

  it('is there for others, however many runs one network has at work', async () => {
    const job = jobOf(8, {
      lane: (item) => String(item),
      concurrency: 8,
      step: () => new Promise<never>(() => {}),
    });
    const { start, ask, clock } = bench(job, { maxWorking: 20 });
    const greedy = [];
    for (let i = 0; i < 12; i += 1) greedy.push(ask(await start(`visitor ${i % 3}`, 'network')).catch(() => null));
    await settled();
    const honest = ask(await start('honest', 'elsewhere'));
    await clock.advance(8000);
    assert.equal((await honest).workingMs, 5000);
    await Promise.all(greedy);
  });

  it('for one lets a run of several lanes go on, step by step', async () => {
    const job = jobOf(4, { lane: (item) => String(item), concurrency: 3 });
    const { start, ask } = bench(job, { maxWorking: 1 });
    assert.equal((await ask(await start())).run.status, 'done');
  });

  const endless = { step: () => new Promise<never>(() => {}) };
  for (const [what, lose] of [
    ['a run that is cancelled while its step ignores it', ({ runs }, run) => runs.control(run, 'cancel')],
    ['a run that is deleted', ({ runs }, run) => runs.delete(run)],
    [
      'a claim that another process took over',
      async ({ store, clock }, run) => {
        clock.jump(60_000);
        await store.change(claimRun(run.id, run.seq, 15_000, 0));
        await clock.advance(5000);
      },
    ],
  ] as [string, (b: ReturnType<typeof bench>, run: Run) => Promise<unknown>][]) {
    it(`is free again after ${what}`, async () => {
      const all = bench(jobOf(2, { ...endless, lane: (item) => String(item), concurrency: 2 }), { maxWorking: 2 });
      const asked = all.ask(await all.start());
      await settled();
      const next = await all.start();
      await assert.rejects(all.ask(next), { code: 'too-busy' });
      const [run] = await all.store.listRuns('visitor', 10).then((runs) => runs.filter(({ id }) => id !== next.id));
      assert.ok(run);
      await lose(all, run);
      await settled();
      void all.ask(next);
      await settled();
      assert.equal((await all.driver.show(next)).workingMs, 0);
      await all.runs.delete(next);
      await all.clock.advance(8000);
      await asked;
    });
  }

  for (const change of ['claim', 'take', 'record', 'release'] as const) {
    it(`is free again when the store fails at ${change}, or another process has the claim`, async () => {
      const { store, start, ask, clock } = bench(jobOf(1, {}), { maxWorking: 1 });
      const run = await start();
      const mend = failChanges(store, [change], new TobiishiError('store-unavailable', 'gone'));
      await ask(run).catch(() => null);
      mend();
      await clock.advance(20_000);
      await store.change(claimRun(run.id, run.seq, 15_000, 0));
      const busy = ask(run);
      await clock.advance(8000);
      await busy;
      assert.equal((await ask(await start())).run.status, 'done');
    });
  }
});
