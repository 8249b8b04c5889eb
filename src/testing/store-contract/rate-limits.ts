import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContractBench } from './contract-bench.js';

export function rateLimitsContract(bench: ContractBench): void {
  describe('turns', () => {
    const granted = { granted: true };

    it('of a host are a delay apart, counted from the last start', async () => {
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), granted);
      await bench.clock.advance(400);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: false, waitMs: 600 });
      assert.deepEqual(await bench.store.takeTurn('another.example', 1000), granted);
      await bench.clock.advance(600);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), granted);
    });

    it('are granted to one of many who ask at the same time', async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, () => bench.store.takeTurn('example.org', 1000)));
      assert.equal(asked.filter((turn) => turn.granted).length, 1);
    });

    it('keep to the longest delay asked for by those who share the host', async () => {
      await bench.store.takeTurn('example.org', 1000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 5000), { granted: false, waitMs: 5000 });
      await bench.clock.advance(1000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: false, waitMs: 4000 });
      await bench.clock.advance(4000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 5000), granted);
      await bench.clock.advance(60_000);
      await bench.store.takeTurn('example.org', 1000);
      await bench.clock.advance(1000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), granted);
    });

    it('do not wait for a start in the future when the clock is set back', async () => {
      await bench.store.takeTurn('example.org', 1000);
      bench.clock.jump(-3_600_000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: false, waitMs: 1000 });
      await bench.clock.advance(1000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), granted);
    });
  });

  describe('waits for turns', () => {
    it('are told for each of many keys, in their order, and take no turn', async () => {
      await bench.store.takeTurn('a', 3000);
      await bench.store.pauseTurns('b', 5000);
      await bench.clock.advance(1000);
      assert.deepEqual(await bench.store.turnWaits(['b', 'unknown', 'a', 'b']), [
        { waitMs: 4000, pausedForMs: 4000 },
        { waitMs: 0, pausedForMs: null },
        { waitMs: 2000, pausedForMs: null },
        { waitMs: 4000, pausedForMs: 4000 },
      ]);
      assert.deepEqual(await bench.store.takeTurn('unknown', 1000), { granted: true });
    });
  });

  describe('a delay of an hour', () => {
    it('holds up others for a minute at most', async () => {
      await bench.store.takeTurn('example.org', 3_600_000);
      await bench.clock.advance(60_000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 3_600_000), { granted: false, waitMs: 3_540_000 });
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: true });
    });
  });

  describe('a start that was later than its turn', () => {
    it('counts for the next turn from when it happened', async () => {
      await bench.store.takeTurn('example.org', 1000);
      await bench.clock.advance(300);
      await bench.store.noteStart('example.org');
      await bench.clock.advance(700);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: false, waitMs: 300 });
      await bench.clock.advance(300);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: true });
    });
  });

  describe('a key whose turns are paused', () => {
    const pausedForMs = async () => (await bench.store.turnWaits(['example.org']))[0]?.pausedForMs;

    it('has none until the pause is over, and never sooner for being paused again', async () => {
      assert.equal(await pausedForMs(), null);
      await bench.store.pauseTurns('example.org', 60_000);
      await bench.store.pauseTurns('example.org', 30_000);
      assert.equal(await pausedForMs(), 60_000);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: false, waitMs: 60_000 });
      await bench.clock.advance(60_000);
      assert.equal(await pausedForMs(), null);
      assert.deepEqual(await bench.store.takeTurn('example.org', 1000), { granted: true });
    });
  });
}
