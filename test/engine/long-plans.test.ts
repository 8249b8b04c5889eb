import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineJob, type Job } from '../../src/core/job.js';
import type { Run } from '../../src/core/run.js';
import type { Item, Outcome } from '../../src/core/step.js';
import { bench } from '../fixtures/engine.js';

const LONG = 3000;

interface Made {
  readonly executed: number[];
  /** How many items `plan` has made in all. */
  readonly made: () => number;
  readonly job: Job;
}

/** A job of `count` numbers, keyed by themselves, in lanes by their last digit where there are several. */
function countingJob(
  count: number,
  more: { repeats?: boolean; from?: () => number; step?: (n: number) => Outcome } = {},
): Made {
  const { repeats = true, from = () => 1, step = () => ({}) } = more;
  const executed: number[] = [];
  let made = 0;
  const job = defineJob({
    name: 'job',
    input: z.object({}),
    repeatablePlan: repeats,
    *plan() {
      for (let n = from(); n <= count; n += 1) {
        made += 1;
        yield n;
      }
    },
    key: (n: number) => `number ${n}`,
    async step(n) {
      executed.push(n);
      return step(n);
    },
  });
  return { executed, made: () => made, job };
}

async function stepsIn({ store }: ReturnType<typeof bench>, run: Run): Promise<number> {
  const { planned, total } = (await store.findRun(run.id)) ?? run;
  return total - (planned?.steps ?? 0);
}

async function finish(engine: ReturnType<typeof bench>, run: Run): Promise<Run> {
  for (let asked = 0; asked < 1000; asked += 1) {
    const { run: after } = await engine.ask(run);
    if (after.status !== 'running') return after;
  }
  throw new Error('it did not end');
}

describe('a long plan that can be made again', () => {
  it('is counted at the start, and its steps are added as they are needed', async () => {
    const { job, executed, made } = countingJob(LONG);
    const engine = bench(job, { maxSteps: 10_000 });
    const run = await engine.start();
    assert.equal(run.total, LONG);
    assert.equal(await stepsIn(engine, run), 500);
    const after = await finish(engine, run);
    assert.deepEqual([after.status, after.seq, after.total, after.planned], ['done', LONG, LONG, null]);
    assert.deepEqual(
      executed,
      Array.from({ length: LONG }, (_, i) => i + 1),
      'each once, in order',
    );
    assert.ok(made() <= 2 * LONG + 500, `${made()} items made: it is not begun anew each time`);
  });

  it('goes on after the process has died, from where it was', async () => {
    const { job, executed } = countingJob(LONG, {
      step: (n) => {
        if (n === 1700) throw new Error('here the process dies');
        return {};
      },
    });
    const engine = bench(job, { maxSteps: 10_000 });
    const run = await engine.start();
    await engine.ask(run);
    const there = await engine.runs.findAny(run.id);
    assert.ok(there.seq > 1000 && there.planned !== null);
    const reborn = countingJob(LONG);
    const driver = engine.restart(reborn.job);
    await engine.clock.advance(60_000);
    const { run: after } = await engine.ask(run, driver);
    assert.equal(after.status, 'done');
    assert.deepEqual([...executed.filter((n) => n !== 1700), ...reborn.executed].length, LONG);
    assert.equal(reborn.executed.at(-1), LONG);
  });

  it('knows what is still to come of it: a step that finds it finds nothing new', async () => {
    const { job, executed } = countingJob(LONG, { step: (n) => ({ items: [Math.min(LONG + 5, n + 1000)] }) });
    const engine = bench(job, { maxSteps: LONG + 2 });
    const run = await finish(engine, await engine.start());
    assert.deepEqual([run.status, run.total, run.droppedCount], ['done', LONG + 2, 995 + 5]);
    assert.equal(new Set(executed).size, LONG + 2);
  });

  it('leaves out what is past the limit, as one that is kept whole', async () => {
    const outcomes = [];
    for (const repeats of [true, false]) {
      const { job, executed } = countingJob(LONG, { repeats });
      const limited = { ...job, limit: () => 1200, counts: (n: Item) => Number(n) % 100 !== 0 };
      const engine = bench(limited, { maxSteps: 10_000 });
      const started = await engine.start();
      const { total, droppedCount, maxTotal } = await finish(engine, started);
      outcomes.push({
        at: [started.total, started.droppedCount, started.maxTotal],
        total,
        droppedCount,
        maxTotal,
        executed,
      });
    }
    assert.deepEqual(outcomes[0], outcomes[1]);
  });

  it('stops the run when it is not what it was at first', async () => {
    let first = 1;
    const { job } = countingJob(LONG, { from: () => first });
    const engine = bench(job, { maxSteps: 10_000 });
    const run = await engine.start();
    first = 2;
    const { run: after } = await engine.ask(run, engine.restart());
    assert.deepEqual([after.status, after.reason], ['failed', 'plan-changed']);
  });

  it('is kept whole where it cannot be made again, by the job’s word', async () => {
    const whole = bench(countingJob(LONG, { repeats: false }).job, { maxSteps: 10_000 });
    assert.equal((await whole.start()).planned, null);
  });
});

describe('a run that takes more than one may', () => {
  it('stops with what it has', async () => {
    const { job, executed } = countingJob(20, { step: (n) => ({ rows: [{ n, text: 'x'.repeat(1000) }] }) });
    const engine = bench(job, { maxRunBytes: 10_000 });
    const { run } = await engine.ask(await engine.start());
    assert.deepEqual([run.status, run.reason], ['failed', 'too-large']);
    assert.ok(run.bytes > 10_000 && run.bytes < 13_000, `${run.bytes} bytes`);
    assert.equal((await engine.store.listRows(run.id, 0, 100)).length, executed.length);
  });
});
