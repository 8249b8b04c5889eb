import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cancelRun,
  giveUpStep,
  pauseRun,
  recordStep,
  resumeRun,
  retryRun,
  skipStep,
  takeSteps,
} from '../../core/run-changes.js';
import { type ContractBench, done, FAILURE, steps } from './contract-bench.js';

export function controlContract(bench: ContractBench): void {
  const { create, claimed, nextOf } = bench;

  describe('control', () => {
    it('pauses and resumes; a paused run hands nothing out, but records what was at work', async () => {
      const { id } = await create(steps(1, 2));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.clock.advance(1000);
      assert.equal((await bench.store.change(pauseRun(id)))?.status, 'paused');
      const recorded = await bench.store.change(recordStep(claim, 1, done(), { take: 1 }));
      assert.equal(recorded?.run.status, 'paused');
      assert.equal(recorded?.run.seq, 1);
      assert.deepEqual(recorded?.handed, { steps: [], waitMs: null });
      await bench.clock.advance(5000);
      const resumed = await bench.store.change(resumeRun(id));
      assert.equal(resumed?.status, 'running');
      assert.equal(resumed?.activeMs, 1000);
      assert.equal(resumed?.activeSince, bench.clock.now());
      assert.equal(await bench.store.change(resumeRun(id)), null);
    });

    it('cancels for good, and throws away what was at work', async () => {
      const { id } = await create(steps(1));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const run = await bench.store.change(cancelRun(id));
      assert.equal(run?.status, 'cancelled');
      assert.equal(run?.endedAt, bench.clock.now());
      assert.equal(await bench.store.change(recordStep(claim, 1, done([{ a: 1 }]), { take: 1 })), null);
      for (const change of [pauseRun, resumeRun, retryRun, skipStep, cancelRun]) {
        assert.equal(await bench.store.change(change(id)), null);
      }
    });

    it('retries the step that gave up, with its attempts back', async () => {
      const { id } = await create(steps('a', 'b'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const failed = await bench.store.change(giveUpStep(claim, 1, { failure: FAILURE, stats: {} }));
      assert.equal(failed?.status, 'failed');
      assert.equal(failed?.reason, 'step-failed');
      assert.equal(failed?.gaveUpPosition, 1);
      assert.ok(failed);
      assert.deepEqual((await nextOf(failed))?.step.failure, FAILURE);
      const retried = await bench.store.change(retryRun(id));
      assert.equal(retried?.status, 'running');
      assert.equal(retried?.reason, null);
      const again = await claimed(id);
      const [step] = (await bench.store.change(takeSteps(again, 1)))?.steps ?? [];
      assert.equal(step?.item, 'a');
      assert.equal(step?.attempts, 1);
    });

    it('skips the step that gave up, and finishes if it was the last', async () => {
      const { id } = await create(steps('a', 'b'));
      for (const [position, status] of [
        [1, 'running'],
        [2, 'done'],
      ] as const) {
        const claim = await claimed(id, position - 1);
        await bench.store.change(takeSteps(claim, 1));
        await bench.store.change(giveUpStep(claim, position, { failure: FAILURE, stats: {} }));
        const run = await bench.store.change(skipStep(id));
        assert.equal(run?.status, status);
        assert.equal(run?.seq, position);
      }
      assert.deepEqual(
        (await bench.store.listFailures(id, null, 10)).map(({ item, status }) => ({ item, status })),
        [
          { item: 'b', status: 'skipped' },
          { item: 'a', status: 'skipped' },
        ],
      );
    });

    it('skips the step of one run while that of another is shown', async () => {
      const gaveUp = async (visitorId: string) => {
        const { id } = await create(steps('a', 'b'), { visitorId });
        const claim = await claimed(id);
        await bench.store.change(takeSteps(claim, 1));
        const run = await bench.store.change(giveUpStep(claim, 1, { failure: FAILURE, stats: {} }));
        assert.ok(run);
        return run;
      };
      const [one, other] = [await gaveUp('one'), await gaveUp('other')];
      assert.equal((await nextOf(other))?.step.runId, other.id);
      const skipped = await bench.store.change(skipStep(one.id));
      assert.ok(skipped);
      assert.equal((await nextOf(skipped))?.step.item, 'b');
      assert.equal((await bench.store.listFailures(one.id, null, 10)).length, 1);
      assert.equal((await bench.store.listFailures(other.id, null, 10)).length, 0);
    });

    it('fails a paused run whose step at work gave up', async () => {
      const { id } = await create(steps('a'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(pauseRun(id));
      assert.equal((await bench.store.change(giveUpStep(claim, 1, { failure: FAILURE, stats: {} })))?.status, 'failed');
    });
  });
}
