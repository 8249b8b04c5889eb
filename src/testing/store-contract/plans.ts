import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addPlanned, claimRun, postponeStep, recordStep, releaseClaim, takeSteps } from '../../core/run-changes.js';
import type { NewStep } from '../../core/step.js';
import { type ContractBench, done, keyed, LEASE_MS } from './contract-bench.js';

export function plansContract(bench: ContractBench): void {
  const { create, claimed } = bench;
  const planned = { offset: 2, last: 'b', steps: 3, counted: 3 };

  describe('a plan that is added bit by bit', () => {
    it('counts from the beginning, and its steps come after those that are there', async () => {
      const { id, total } = await create(keyed('a', 'b'), { planned });
      assert.equal(total, 5);
      const claim = await claimed(id);
      const next = { offset: 2, items: keyed('c', 'a', 'd'), last: 'd', isOver: false };
      const run = await bench.store.change(addPlanned(claim, next));
      assert.deepEqual([run?.total, run?.planned], [5, { offset: 5, last: 'd', steps: 1, counted: 1 }]);
      assert.equal(await bench.store.change(addPlanned(claim, next)), null, 'it is added once');
      const rest = { offset: 5, items: keyed('e', 'f'), last: 'f', isOver: false };
      assert.equal((await bench.store.change(addPlanned(claim, rest)))?.planned, null);
      const keys: unknown[] = [];
      for (let seq = 0; seq < 5; seq += 1) {
        const [step] = (await bench.store.change(takeSteps(claim, 1)))?.steps ?? [];
        assert.ok(step);
        keys.push([step.position, step.item]);
        await bench.store.change(recordStep(claim, step.position, done(), { take: 0 }));
      }
      assert.deepEqual(
        keys,
        ['a', 'b', 'c', 'd', 'e'].map((key, i) => [i + 1, key]),
      );
      assert.equal((await bench.store.findRun(id))?.status, 'done');
    });

    it('comes before a step that was put at the end', async () => {
      const { id } = await create(keyed('a', 'b', 'c', 'd'), {
        planned: { ...planned, offset: 4, last: 'd', steps: 2 },
      });
      const taken = async (seq: number) => {
        const claim = await bench.store.change(claimRun(id, seq, LEASE_MS, 1));
        const [step] = claim?.handed.steps ?? [];
        assert.ok(claim && step);
        return { claim, step };
      };
      const { claim } = await taken(0);
      await bench.store.change(postponeStep(claim, 1, { waitMs: null, failure: null, toEnd: true, stats: {} }));
      await bench.store.change(releaseClaim(claim));
      const items: unknown[] = [];
      for (let seq = 0; seq < 6; seq += 1) {
        const { claim, step } = await taken(seq);
        items.push(step.item);
        const rest = { offset: 4, items: keyed('e', 'f'), last: 'f', isOver: true };
        if (seq === 2) await bench.store.change(addPlanned(claim, rest));
        await bench.store.change(recordStep(claim, step.position, done(), 'release'));
      }
      assert.deepEqual(items, ['b', 'c', 'd', 'e', 'f', 'a']);
    });

    for (const [speed, tookMs] of Object.entries({ quick: 0, slow: 1500 })) {
      it(`goes on after a ${speed} step that was put at the end when nothing else was there`, async () => {
        const { id } = await create(keyed('a'), { planned: { offset: 1, last: 'a', steps: 2, counted: 2 } });
        const claim = await claimed(id);
        await bench.store.change(takeSteps(claim, 1));
        await bench.store.change(postponeStep(claim, 1, { waitMs: null, failure: null, toEnd: true, stats: {} }));
        const rest = { offset: 1, items: keyed('b', 'c'), last: 'c', isOver: true };
        assert.ok(await bench.store.change(addPlanned(claim, rest)));
        const items: unknown[] = [];
        let [step] = (await bench.store.change(takeSteps(claim, 1)))?.steps ?? [];
        while (step !== undefined) {
          items.push(step.item);
          await bench.clock.advance(tookMs);
          const recorded = await bench.store.change(recordStep(claim, step.position, done(), { take: 1 }));
          [step] = recorded?.handed.steps ?? [];
        }
        assert.deepEqual(items, ['a', 'b', 'c']);
        assert.equal((await bench.store.findRun(id))?.status, 'done');
      });
    }

    it('a run is not done before all of it is', async () => {
      const { id } = await create(keyed('a'), { planned: { offset: 1, last: 'a', steps: 1, counted: 1 } });
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const found: NewStep[] = keyed('found');
      const recorded = await bench.store.change(recordStep(claim, 1, done([], found), { take: 1 }));
      assert.deepEqual([recorded?.run.status, recorded?.run.total], ['running', 3]);
      const [step] = recorded?.handed.steps ?? [];
      assert.deepEqual([step?.position, step?.item], [2, 'found']);
      await bench.store.change(recordStep(claim, 2, done(), { take: 0 }));
      const next = { offset: 1, items: [], last: 'a', isOver: true };
      const run = await bench.store.change(addPlanned(claim, next));
      assert.deepEqual([run?.status, run?.total], ['done', 2], 'less came of it than was counted');
    });

    it('is lost with the claim', async () => {
      const { id } = await create(keyed('a'), { planned });
      const claim = { ...(await claimed(id)), epoch: 99 };
      const next = { offset: 2, items: keyed('c'), last: 'c', isOver: false };
      assert.equal(await bench.store.change(addPlanned(claim, next)), null);
    });
  });
}
