import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  claimRun,
  giveUpStep,
  pauseRun,
  postponeStep,
  recordStep,
  releaseClaim,
  renewClaim,
  takeSteps,
} from '../../core/run-changes.js';
import { type ContractBench, done, FAILURE, LEASE_MS, steps } from './contract-bench.js';

export function claimsContract(bench: ContractBench): void {
  const { create, claimed } = bench;

  describe('claims', () => {
    it('are granted once until released', async () => {
      const { id } = await create(steps(1));
      const claim = await claimed(id);
      assert.equal(await bench.store.change(claimRun(id, 0, LEASE_MS, 0)), null);
      assert.equal(await bench.store.change(releaseClaim(claim)), true);
      await claimed(id);
    });

    it('are granted for the seq the run is at, and no other', async () => {
      const { id } = await create(steps(1));
      assert.equal(await bench.store.change(claimRun(id, 1, LEASE_MS, 0)), null);
      await claimed(id, 0);
    });

    it('are granted to one of many who ask at the same time', async () => {
      const { id } = await create(steps(1));
      const asked = await Promise.all(
        Array.from({ length: 20 }, () => bench.store.change(claimRun(id, 0, LEASE_MS, 0))),
      );
      assert.equal(asked.filter((claim) => claim !== null).length, 1);
    });

    it('that were released are not taken up again by a renewal that comes too late', async () => {
      const { id } = await create(steps('a', 'b'));
      const released = await claimed(id);
      await bench.store.change(releaseClaim(released));
      assert.equal(await bench.store.change(renewClaim(released, LEASE_MS)), null);
      const recorded = await claimed(id);
      await bench.store.change(takeSteps(recorded, 1));
      await bench.store.change(recordStep(recorded, 1, done(), 'release'));
      assert.equal(await bench.store.change(renewClaim(recorded, LEASE_MS)), null);
      assert.ok(await bench.store.change(claimRun(id, 1, LEASE_MS, 0)));
    });

    it('expire when their holder is dead, and last when it renews', async () => {
      const { id } = await create(steps(1));
      const claim = await claimed(id);
      await bench.clock.advance(LEASE_MS - 1);
      assert.equal(await bench.store.change(claimRun(id, 0, LEASE_MS, 0)), null);
      assert.equal(await bench.store.change(renewClaim(claim, LEASE_MS)), true);
      await bench.clock.advance(LEASE_MS - 1);
      assert.equal(await bench.store.change(claimRun(id, 0, LEASE_MS, 0)), null);
      await bench.clock.advance(1);
      await claimed(id);
      assert.equal(await bench.store.change(renewClaim(claim, LEASE_MS)), null);
    });

    it('do not last for ever when the clock is set back', async () => {
      const { id } = await create(steps(1));
      await claimed(id);
      bench.clock.jump(-3_600_000);
      await claimed(id);
    });

    it('are refused on a run that is not running', async () => {
      const { id } = await create(steps(1));
      await bench.store.change(pauseRun(id));
      assert.equal(await bench.store.change(claimRun(id, 0, LEASE_MS, 0)), null);
    });

    it('that were lost write nothing', async () => {
      const { id } = await create(steps(1));
      const old = await claimed(id);
      await bench.store.change(takeSteps(old, 1));
      await bench.clock.advance(LEASE_MS);
      const claim = await claimed(id);
      assert.equal(await bench.store.change(recordStep(old, 1, done([{ a: 1 }]), { take: 1 })), null);
      await bench.store.change(takeSteps(claim, 1));
      assert.equal(await bench.store.change(takeSteps(old, 1)), null);
      assert.equal(
        await bench.store.change(postponeStep(old, 1, { waitMs: null, failure: FAILURE, toEnd: false, stats: {} })),
        null,
      );
      assert.equal(await bench.store.change(giveUpStep(old, 1, { failure: FAILURE, stats: {} })), null);
      assert.equal(await bench.store.change(releaseClaim(old)), null);
      const run = await bench.store.findRun(id);
      assert.equal(run?.seq, 0);
      assert.equal(run?.rowCount, 0);
      assert.ok(await bench.store.change(recordStep(claim, 1, done(), 'release')));
    });
  });
}
