import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from '../../src/core/step.js';
import { settled } from '../../src/testing/frozen-clock.js';
import { bench, deferred, jobOf, realBench } from '../fixtures/engine.js';

describe('asking for the next step', () => {
  it('executes fast steps together and ends the run', async () => {
    const executed: unknown[] = [];
    const job = jobOf(5, {
      step: async (item) => {
        executed.push(item);
        return { rows: [{ item }] };
      },
    });
    const { start, ask, store } = bench(job);
    const run = await start();
    const { run: after } = await ask(run);
    assert.deepEqual(executed, [1, 2, 3, 4, 5]);
    assert.equal(after.status, 'done');
    assert.equal(after.seq, 5);
    assert.equal((await store.listRows(run.id, 0, 10)).length, 5);
  });

  it('lets others be answered between fast steps', async () => {
    const job = jobOf(1, { step: async (item) => ({ items: [Number(item) + 1] }) });
    const { start, ask, clock } = bench(job, { maxSteps: 1e6 });
    const run = await start();
    // Each look at the clock takes a millisecond.
    let now = 0;
    clock.monotonic = () => {
      now += 1;
      return now;
    };
    let others = 0;
    let isOver = false;
    const answerOthers = () => {
      others += 1;
      if (!isOver) setImmediate(answerOthers);
    };
    setImmediate(answerOthers);
    const { run: after } = await ask(run);
    isOver = true;
    assert.ok(after.seq > 2 * others, `${after.seq} steps, many at a time`);
    assert.ok(others > 30, `${others} times in a slice of 1000 ms`);
  });

  it('starts no further step once the pace is reached', async () => {
    const { start, ask, clock } = bench(jobOf(5, { step: async (_, { clock }) => clock.sleep(400).then(() => ({})) }));
    const run = await start();
    const asked = ask(run);
    await clock.advance(1200);
    assert.equal((await asked).run.seq, 3);
  });

  it('does nothing for a seq that is behind, ahead, or done', async () => {
    let executed = 0;
    const job = jobOf(3, {
      step: async (_, { clock }) => {
        executed += 1;
        await clock.sleep(1000);
        return {};
      },
    });
    const { start, driver, clock } = bench(job);
    let run = await start();
    for (const k of [1, 2, 1000]) assert.equal((await driver.advance(run, k)).run.seq, 0);
    assert.equal(executed, 0);
    const asked = driver.advance(run, 0);
    await clock.advance(1000);
    run = (await asked).run;
    assert.equal((await driver.advance(run, 0)).run.seq, 1);
    assert.equal(executed, 1);
  });

  it('joins the slice that is being executed: all who ask get the same answer', async () => {
    let executed = 0;
    const gate = deferred();
    const job = jobOf(1, {
      step: async () => {
        executed += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, driver } = bench(job);
    const run = await start();
    const asked = [driver.advance(run, 0), driver.advance(run, 0), driver.advance(run, 0)];
    await settled();
    gate.resolve();
    const answers = await Promise.all(asked);
    assert.deepEqual(
      answers.map(({ run: { seq, status } }) => ({ seq, status })),
      Array(3).fill({ seq: 1, status: 'done' }),
    );
    assert.equal(executed, 1);
  });

  it('answers sooner where the host was seen to cut sooner, and plans its waits accordingly', async () => {
    const job = jobOf(1, {
      step: async (_, { turn, clock }) => {
        await turn('example.org', 3000);
        await clock.sleep(5000);
        return {};
      },
    });
    const { start, driver, clock, store } = bench(job);
    await store.takeTurn('example.org', 3000);
    const run = await start();
    assert.equal((await driver.advance(run, 0, 1000)).waitMs, 3000, 'not held for longer than it may be');
    await clock.advance(3000);
    const asked = driver.advance(run, 0, 1000);
    await clock.advance(1000);
    assert.equal((await asked).workingMs, 1000);
    await clock.advance(4000);
  });

  it('answers in time while a step goes on behind, and the next request joins it', async () => {
    const { start, ask, clock } = bench(
      jobOf(1, { step: async (_, { clock }) => clock.sleep(12_000).then(() => ({})) }),
    );
    const run = await start();
    const workedFor = [];
    for (let i = 0; i < 2; i += 1) {
      const asked = ask(run);
      await clock.advance(5000);
      const { run: now, workingMs } = await asked;
      assert.equal(now.seq, 0);
      workedFor.push(workingMs);
    }
    assert.deepEqual(workedFor, [5000, 10_000]);
    const asked = ask(run);
    await clock.advance(2000);
    assert.equal((await asked).run.status, 'done');
  });

  it('holds the whole answer when the job says so', async () => {
    const job = jobOf(1, {
      holdAnswer: () => true,
      step: async (_, { clock }) => clock.sleep(60_000).then(() => ({})),
    });
    const { start, ask, clock } = bench(job);
    const run = await start();
    let answered = false;
    const asked = ask(run).then((progress) => {
      answered = true;
      return progress;
    });
    await clock.advance(59_000);
    assert.equal(answered, false);
    await clock.advance(1000);
    assert.equal((await asked).run.status, 'done');
  });

  it('executes the steps of different lanes at once, those of one lane one by one', async () => {
    const working = new Set<unknown>();
    let most = 0;
    const job = jobOf(9, {
      lane: (item) => String(Number(item) % 3),
      concurrency: 8,
      step: async (item, { clock }) => {
        assert.ok(![...working].some((other) => Number(other) % 3 === Number(item) % 3));
        working.add(item);
        most = Math.max(most, working.size);
        await clock.sleep(100);
        working.delete(item);
        return {};
      },
    });
    const { start, ask, clock } = bench(job);
    const run = await start();
    const asked = ask(run);
    await clock.advance(300);
    assert.equal((await asked).run.status, 'done');
    assert.equal(most, 3);
  });

  it('executes as many steps of a lane side by side as the job says, and records them in their order', async () => {
    const working = new Set<Json>();
    const begun: Json[] = [];
    const job = jobOf(6, {
      abreast: () => 2,
      concurrency: 8,
      step: async (item, { clock }) => {
        begun.push(item);
        working.add(item);
        assert.ok(working.size <= 2);
        // The first takes longer than the second, which has to wait for it all the same.
        await clock.sleep(item === 1 ? 300 : 50);
        working.delete(item);
        return { rows: [{ item, besides: [...working] }] };
      },
    });
    const { start, ask, clock, store } = bench(job);
    const run = await start();
    const asked = ask(run);
    await clock.advance(900);
    assert.equal((await asked).run.status, 'done');
    const rows = (await store.listRows(run.id, 0, 10)).map(({ row }) => row);
    assert.deepEqual(
      rows.map(({ item }) => item),
      [1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(begun, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(rows[1]?.['besides'], [1]);
  });

  it('adds what a step found, up to the job’s limit', async () => {
    const job = jobOf(1, { limit: () => 4, step: async (item) => ({ items: [Number(item) + 1] }) });
    const { start, ask } = bench(job);
    const { run } = await ask(await start());
    assert.equal(run.status, 'done');
    assert.equal(run.total, 4);
    assert.equal(run.droppedCount, 1);
  });

  it('leaves out what is planned past the job’s limit, up to the most steps of a run, which others do not count for', async () => {
    const { start } = bench(jobOf(30, { limit: () => 10, counts: (item) => item !== 1 }), { maxSteps: 10 });
    const run = await start();
    assert.deepEqual([run.total, run.droppedCount], [11, 1]);
  });

  it('refuses a plan that is empty, too long, or too slow', async () => {
    const fails = (job: ReturnType<typeof jobOf>, code: string) => {
      const { start, clock } = bench(job, { maxSteps: 10 });
      const refused = assert.rejects(start(), { code });
      return clock.advance(10_000).then(() => refused);
    };
    await fails(jobOf(0, {}), 'plan-empty');
    await fails(jobOf(11, {}), 'too-many-steps');
    await fails(jobOf(1, { plan: () => new Promise(() => {}) }), 'plan-too-slow');
  });

  it('refuses a plan that never ends, quick as its items are, and lets others be answered meanwhile', async () => {
    const endless = function* () {
      for (;;) yield 1;
    };
    const { runs } = bench(jobOf(0, { plan: endless }), { maxSteps: 1000 });
    await assert.rejects(runs.start(jobOf(0, { plan: endless }), {}, { visitorId: 'visitor', network: null }), {
      code: 'too-many-steps',
    });
    const uncounted = jobOf(0, { plan: endless, counts: () => false });
    await assert.rejects(runs.start(uncounted, {}, { visitorId: 'visitor', network: null }), {
      code: 'too-many-steps',
    });
    // With a limit of millions, it is the time that ends it.
    const slowly = function* () {
      for (;;) {
        for (const until = performance.now() + 1; performance.now() < until; );
        yield 1;
      }
    };
    const slow = realBench(jobOf(0, { plan: slowly }), { maxSteps: 1e9, hostTimeoutMs: 600 });
    await assert.rejects(slow.start(), { code: 'plan-too-slow' });
  });

  it('says what is wrong with a plan, by the name of its job', async () => {
    for (const [plan, message] of [
      [() => undefined, /plan\(\) must return items/],
      [() => 'abc', /plan\(\) must return items/],
      [() => [1, { at: new Date() }], /item 2 of its plan\.at is a Date/],
      [() => [undefined], /item 1 of its plan is undefined/],
      [() => JSON.parse('{'), /plan\(\) threw: /],
    ] as const) {
      const { start } = bench(jobOf(1, { plan: plan as never }));
      await assert.rejects(start(), (error: Error) => {
        assert.match(error.message, /^job "job": /);
        assert.match(error.message, message);
        return true;
      });
    }
    const { start } = bench(jobOf(1, { key: () => 7 as never }));
    await assert.rejects(start(), /key\(\) must return a text or null/);
    const half = bench(jobOf(1, { abreast: () => 1.5 }));
    await assert.rejects(half.start(), /abreast\(\) must return a whole number/);
  });

  it('says so when the job changed its version or is gone', async () => {
    const { start, ask, restart } = bench(jobOf(1, {}));
    const run = await start();
    const { run: changed } = await ask(run, restart(jobOf(1, { version: 2 })));
    assert.equal(changed.status, 'failed');
    assert.equal(changed.reason, 'version-changed');
    const other = await start();
    assert.equal((await ask(other, restart(jobOf(1, { name: 'another' })))).run.reason, 'job-missing');
  });
});
