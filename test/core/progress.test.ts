import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remainingMs } from '../../src/core/progress.js';
import type { Run } from '../../src/core/run.js';
import { bench, jobOf } from '../fixtures/engine.js';

const DELAY_MS = 1000;

/** A run that asks one host politely, and what remains of it after each page. */
async function politeRun(count: number, delayMs: number, leastStepMs: number) {
  const job = jobOf(count, {
    step: async (_, { turn }) => {
      await turn('example.org', delayMs);
      return {};
    },
  });
  const { start, ask, clock, runs } = bench(job);
  let run: Run = await start();
  const before = remainingMs(run, leastStepMs, clock.now());
  const seen: { seq: number; ms: number | null; waitMs: number }[] = [];
  const page = async () => {
    const asked = ask(run);
    for (let ms = 0; ms < delayMs; ms += 100) await clock.advance(100);
    const { waitMs } = await asked;
    run = await runs.find(run.id, 'visitor');
    seen.push({ seq: run.seq, ms: remainingMs(run, leastStepMs, clock.now()), waitMs });
  };
  return { before, seen, page, clock };
}

describe('the time that remains', () => {
  it('is right for a polite run from the third step on, measured across slices', async () => {
    for (const delayMs of [DELAY_MS, 8 * DELAY_MS]) {
      const { before, seen, page } = await politeRun(30, delayMs, 0);
      for (let i = 0; i < 20; i += 1) await page();
      assert.equal(before, null);
      assert.ok(seen.length > 5 && (seen.at(-1)?.seq ?? 0) > 10);
      for (const { seq, ms } of seen.filter((each) => each.seq >= 3)) {
        const all = (30 - seq) * delayMs;
        // A page is looked at between two steps.
        assert.ok(ms !== null && ms <= all * 1.1 && ms >= (all - delayMs) * 0.9, `${ms} of ${all} ms at step ${seq}`);
      }
    }
  });

  it('is known from the start when the job knows its pace', async () => {
    const { before, page, seen } = await politeRun(100, DELAY_MS, DELAY_MS);
    assert.equal(before, 100_000);
    await page();
    assert.ok((seen[0]?.ms ?? 0) > 96_000, `${seen[0]?.ms}`);
  });

  it('is not thrown off by a visitor who was away for a day', async () => {
    const { page, seen, clock } = await politeRun(100, DELAY_MS, 0);
    for (let i = 0; i < 20; i += 1) await page();
    const { seq, ms } = seen.at(-1) ?? { seq: 0, ms: null };
    await clock.advance(24 * 60 * 60_000);
    await page();
    assert.ok((seen.at(-1)?.ms ?? 0) < (100 - seq) * 3 * DELAY_MS, `${ms}, then ${seen.at(-1)?.ms}`);
  });
});
