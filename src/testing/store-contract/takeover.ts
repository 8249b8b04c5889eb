import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Claim } from '../../core/claim.js';
import {
  acquitStep,
  claimRun,
  pauseRun,
  postponeStep,
  recordStep,
  releaseClaim,
  takeSteps,
} from '../../core/run-changes.js';
import type { NewStep } from '../../core/step.js';
import { type ContractBench, done, LEASE_MS, steps } from './contract-bench.js';

export function takeoverContract(bench: ContractBench): void {
  const { create, claimed, recordNext } = bench;

  describe('steps whose holder died', () => {
    const lanes: NewStep[] = ['a', 'b', 'c', 'd'].map((lane) => ({ item: lane, key: null, lane }));
    const left = async (claim: Claim) => {
      const abandoned = await bench.store.listAbandoned(claim);
      return abandoned.map(({ position, attempts }) => [position, attempts]).sort();
    };

    it('are listed for whoever claims next, but for those that were recorded or put back', async () => {
      const { id } = await create(lanes);
      const claim = await bench.store.change(claimRun(id, 0, LEASE_MS, 4));
      assert.ok(claim);
      assert.deepEqual(await left(claim), [], 'those at work now are not');
      await bench.store.change(recordStep(claim, 1, done(), { take: 0 }));
      await bench.store.change(postponeStep(claim, 2, { waitMs: null, failure: null, toEnd: false, stats: {} }));
      await bench.clock.advance(LEASE_MS);
      const next = await claimed(id, 1);
      assert.deepEqual(await left(next), [
        [3, 1],
        [4, 1],
      ]);
      await bench.store.change(takeSteps(next, 9));
      assert.deepEqual(await left(next), []);
    });

    it('belong to runs that are listed for each other when their leases ended at about the same time', async () => {
      const runs = await Promise.all(['a', 'b', 'c'].map((visitorId) => create(lanes, { visitorId })));
      const [first, second, late] = runs.map(({ id }) => id) as [string, string, string];
      for (const id of [first, second]) await bench.store.change(claimRun(id, 0, LEASE_MS, 1));
      await bench.clock.advance(LEASE_MS);
      await bench.store.change(claimRun(late, 0, LEASE_MS, 1));
      const run = await bench.store.findRun(first);
      assert.ok(run);
      assert.deepEqual(
        (await bench.store.listAbandonedRuns(run, 5000)).map(({ id }) => id),
        [second],
      );
      await bench.store.change(claimRun(second, 0, LEASE_MS, 0));
      assert.deepEqual(await bench.store.listAbandonedRuns(run, 5000), []);
    });

    it('can be given their attempt back, and are still listed', async () => {
      const { id } = await create(lanes);
      await bench.store.change(claimRun(id, 0, LEASE_MS, 2));
      await bench.clock.advance(LEASE_MS);
      const next = await claimed(id);
      assert.equal(await bench.store.change(acquitStep(next, 1)), true);
      assert.equal(await bench.store.change(acquitStep(next, 3)), null, 'it was not at work');
      assert.deepEqual(await left(next), [
        [1, 0],
        [2, 1],
      ]);
      await bench.clock.advance(LEASE_MS);
      const third = await claimed(id);
      assert.equal(await bench.store.change(acquitStep(third, 1)), null, 'not by whoever comes later');
    });
  });

  describe('idle runs', () => {
    const idle = async (except: string[] = [], limit = 10) =>
      (await bench.store.listIdleRuns(5000, except, limit)).map(({ id }) => id);

    it('are those that run without anybody at work', async () => {
      const { input: _, ...state } = await create(steps(1, 2));
      const { id } = state;
      assert.deepEqual(await idle(), [], 'not before a while');
      await bench.clock.advance(5000);
      assert.deepEqual(await bench.store.listIdleRuns(5000, [], 1), [state]);
      assert.deepEqual(await idle([id]), []);
      const claim = await claimed(id);
      assert.deepEqual(await idle(), [], 'somebody is at work');
      await bench.store.change(releaseClaim(claim));
      assert.deepEqual(await idle(), [id]);
      await claimed(id);
      await bench.clock.advance(LEASE_MS);
      assert.deepEqual(await idle(), [id], 'whose holder died');
      await recordNext(id, 0);
      assert.deepEqual(await idle(), [], 'it was just at work');
      await bench.store.change(pauseRun(id));
      await bench.clock.advance(6000);
      assert.deepEqual(await idle(), []);
    });

    it('are listed longest first', async () => {
      if (bench.maxUnfinished === 1) return;
      const first = await create(steps(1));
      await bench.clock.advance(1);
      const second = await create(steps(1));
      await bench.clock.advance(6000);
      assert.deepEqual(await idle(), [first.id, second.id]);
      assert.deepEqual(await idle([], 1), [first.id]);
    });
  });
}
