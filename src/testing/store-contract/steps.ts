import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Handed } from '../../core/lanes.js';
import { postponeStep, recordStep, takeSteps } from '../../core/run-changes.js';
import { type ContractBench, done, FAILURE, keyed, LEASE_MS, steps } from './contract-bench.js';

export function stepsContract(bench: ContractBench): void {
  const { create, claimed, recordNext, nextOf } = bench;

  describe('steps', () => {
    it('are handed out in order, and recorded with the next seq', async () => {
      const { id } = await create(steps('a', 'b'));
      const claim = await claimed(id);
      const first = (await bench.store.change(takeSteps(claim, 1)))?.steps ?? [];
      assert.deepEqual(
        first.map(({ item, position, attempts }) => ({ item, position, attempts })),
        [{ item: 'a', position: 1, attempts: 1 }],
      );
      const recorded = await bench.store.change(recordStep(claim, 1, done(), { take: 1 }));
      assert.equal(recorded?.run.seq, 1);
      assert.deepEqual(
        recorded?.handed.steps.map(({ item }) => item),
        ['b'],
      );
    });

    it('are not handed out twice under one claim', async () => {
      const { id } = await create(steps('a', 'b'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      assert.deepEqual(await bench.store.change(takeSteps(claim, 1)), { steps: [], waitMs: null });
    });

    it('of different lanes are handed out together, each lane in order', async () => {
      const { id } = await create([
        { item: 'a1', key: null, lane: 'a' },
        { item: 'a2', key: null, lane: 'a' },
        { item: 'b1', key: null, lane: 'b' },
        { item: 'c1', key: null, lane: 'c' },
      ]);
      const claim = await claimed(id);
      const items = (handed: Handed | null) => handed?.steps.map(({ item }) => item);
      assert.deepEqual(items(await bench.store.change(takeSteps(claim, 2))), ['a1', 'b1']);
      assert.deepEqual(items(await bench.store.change(takeSteps(claim, 2))), ['c1']);
      const recorded = await bench.store.change(recordStep(claim, 1, done(), { take: 2 }));
      assert.deepEqual(items(recorded?.handed ?? null), ['a2']);
    });

    it('are shown from the lane that is due first', async () => {
      const run = await create([
        { item: 'a', key: null, lane: 'a' },
        { item: 'b', key: null, lane: 'b' },
      ]);
      const claim = await claimed(run.id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(postponeStep(claim, 1, { waitMs: 60_000, failure: null, toEnd: false, stats: {} }));
      assert.equal((await nextOf(run))?.step.item, 'b');
    });

    it('are shown from the lane whose host may be asked first, with the wait until then', async () => {
      const run = await create(['a', 'b', 'c'].map((lane) => ({ item: lane, key: null, lane })));
      const next = async () => {
        const { step, waitMs, pausedForMs } = (await nextOf(run)) ?? assert.fail();
        return [step.item, waitMs, pausedForMs];
      };
      await bench.store.takeTurn('a', 3000);
      assert.deepEqual(await next(), ['b', 0, null]);
      await bench.store.pauseTurns('b', 2000);
      const claim = await claimed(run.id);
      await bench.store.change(takeSteps(claim, 3));
      assert.deepEqual(await next(), ['a', 0, null], 'at work');
      for (const [position, waitMs] of [null, null, 4000].entries()) {
        await bench.store.change(postponeStep(claim, position + 1, { waitMs, failure: null, toEnd: false, stats: {} }));
      }
      assert.deepEqual(await next(), ['b', 2000, 2000]);
      await bench.clock.advance(2500);
      assert.deepEqual(await next(), ['b', 0, null]);
      await bench.store.takeTurn('b', 9000);
      assert.deepEqual(await next(), ['a', 500, null]);
      await bench.clock.advance(2000);
      assert.deepEqual(await next(), ['c', 0, null], 'as they are handed out: whose wait is over comes first');
    });

    it('wait for no host as long as there are more lanes than are looked at', async () => {
      const lanes = Array.from({ length: 25 }, (_, i) => `host ${i}`);
      const run = await create(lanes.map((lane) => ({ item: lane, key: null, lane })));
      for (const lane of lanes.slice(0, 24)) await bench.store.takeTurn(lane, 3000);
      assert.equal((await nextOf(run))?.waitMs, 0);
    });

    it('finish the run with the last of them, and free the claim', async () => {
      const { id } = await create(steps(1));
      await bench.clock.advance(500);
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const recorded = await bench.store.change(recordStep(claim, 1, done(), { take: 1 }));
      assert.equal(recorded?.run.status, 'done');
      const run = await bench.store.findRun(id);
      assert.equal(run?.status, 'done');
      assert.equal(run?.endedAt, bench.clock.now());
      assert.equal(run?.activeMs, 500);
      assert.equal(run?.activeSince, null);
      assert.ok(run);
      assert.equal(await nextOf(run), null);
    });

    it('add new items behind those that wait, and never the same key again', async () => {
      const { id } = await create(keyed('a', 'b'));
      await recordNext(id, 0, 1, done([], keyed('c', 'a', 'b')));
      const run = await bench.store.findRun(id);
      assert.equal(run?.total, 3);
      await recordNext(id, 1);
      assert.ok(run);
      assert.equal((await nextOf(run))?.step.item, 'c');
    });

    it('count an attempt each time they are handed out', async () => {
      const { id } = await create(steps(1));
      for (const attempt of [1, 2, 3]) {
        const claim = await claimed(id);
        assert.equal((await bench.store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, attempt);
        await bench.clock.advance(LEASE_MS);
      }
    });

    it('that are put back wait until they are due, in place', async () => {
      const { id } = await create(steps('a', 'b'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(postponeStep(claim, 1, { waitMs: 1000, failure: FAILURE, toEnd: false, stats: {} }));
      assert.deepEqual(await bench.store.change(takeSteps(claim, 1)), { steps: [], waitMs: 1000 });
      await bench.clock.advance(1000);
      const [step] = (await bench.store.change(takeSteps(claim, 1)))?.steps ?? [];
      assert.equal(step?.item, 'a');
      assert.equal(step?.attempts, 2);
    });

    it('that are put back do not wait for what a clock said before it was set back', async () => {
      const { id } = await create(['a', 'b'].map((item) => ({ item, key: null, lane: item })));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 2));
      await bench.store.change(postponeStep(claim, 1, { waitMs: 60_000, failure: FAILURE, toEnd: false, stats: {} }));
      bench.clock.jump(-3_600_000);
      const recorded = await bench.store.change(recordStep(claim, 2, done(), { take: 1 }));
      assert.deepEqual(
        recorded?.handed.steps.map(({ item }) => item),
        ['a'],
      );
      await bench.store.change(postponeStep(claim, 1, { waitMs: 1000, failure: FAILURE, toEnd: false, stats: {} }));
      assert.deepEqual(await bench.store.change(takeSteps(claim, 1)), { steps: [], waitMs: 1000 });
    });

    it('that were never begun give their attempt back', async () => {
      const { id } = await create(steps('a'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(postponeStep(claim, 1, { waitMs: null, failure: null, toEnd: false, stats: {} }));
      assert.equal((await bench.store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, 1);
    });

    it('are put back once, however often that is asked', async () => {
      const { id } = await create(steps('a'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const back = { waitMs: null, failure: null, toEnd: false, stats: {} };
      assert.equal(await bench.store.change(postponeStep(claim, 1, back)), true);
      assert.equal(await bench.store.change(postponeStep(claim, 1, back)), null);
      assert.equal((await bench.store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, 1);
    });

    it('that go to the end of the line come after the others', async () => {
      const { id } = await create(steps('a', 'b', 'c'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(postponeStep(claim, 1, { waitMs: null, failure: FAILURE, toEnd: true, stats: {} }));
      const order = [];
      for (let handed = await bench.store.change(takeSteps(claim, 1)); handed?.steps[0]; ) {
        const { position, item } = handed.steps[0];
        order.push(item);
        handed = (await bench.store.change(recordStep(claim, position, done(), { take: 1 })))?.handed ?? null;
      }
      assert.deepEqual(order, ['b', 'c', 'a']);
    });

    it('that failed for good are recorded and listed', async () => {
      const { id } = await create(steps('a', 'b'));
      await recordNext(id, 0, 1, { status: 'failed', failure: FAILURE, stats: {} });
      const [failed] = await bench.store.listFailures(id, null, 10);
      assert.equal(failed?.item, 'a');
      assert.equal(failed?.status, 'failed');
      assert.deepEqual(failed?.failure, FAILURE);
      assert.equal((await bench.store.findRun(id))?.failedCount, 1);
    });
  });
}
