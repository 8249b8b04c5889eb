import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ContractBench, done, steps } from './contract-bench.js';

export function housekeepingContract(bench: ContractBench): void {
  const { create, recordNext, nextOf } = bench;

  describe('cached text', () => {
    it('is kept until it expires, and replaced by what is newer', async () => {
      assert.equal(await bench.store.readCache('robots'), null);
      await bench.store.writeCache('robots', 'old', 1000);
      await bench.store.writeCache('robots', 'new', 2000);
      await bench.clock.advance(1999);
      assert.equal(await bench.store.readCache('robots'), 'new');
      await bench.clock.advance(1);
      assert.equal(await bench.store.readCache('robots'), null);
    });

    it('keeps to so many bytes below a beginning of its keys: what expires last stays', async () => {
      const text = 'x'.repeat(1000);
      const all = ['a:1', 'a:2', 'a:3', 'b:1'];
      for (const [i, key] of all.entries()) await bench.store.writeCache(key, text, 1000 + i);
      const kept = async () => {
        const found = await Promise.all(all.map((key) => bench.store.readCache(key)));
        return all.filter((_, i) => found[i] !== null);
      };
      await bench.store.trimCache('a:', 2500);
      assert.deepEqual(await kept(), ['a:2', 'a:3', 'b:1']);
      await bench.store.trimCache('', 1500);
      assert.deepEqual(await kept(), ['b:1']);
    });

    it('is deleted by the beginning of its keys', async () => {
      for (const key of ['file:a%:1', 'file:a%:2', 'file:abc:1', 'x:file:a%:']) {
        await bench.store.writeCache(key, 'text', 1000);
      }
      await bench.store.deleteCached('file:a%:');
      const kept = (key: string) => bench.store.readCache(key);
      assert.deepEqual([await kept('file:a%:1'), await kept('file:a%:2')], [null, null]);
      assert.deepEqual([await kept('file:abc:1'), await kept('x:file:a%:')], ['text', 'text']);
    });
  });

  describe('text cached for a run', () => {
    const key = (runId: string) => `${runId}:cookies:example.org`;
    const longKey = (runId: string) => `${runId}:moved:${'x'.repeat(3000)}`;

    it('goes when the run is deleted, and nothing else does', async () => {
      const [gone, kept] = [await create(steps(1)), await create(steps(1), { visitorId: 'another' })];
      for (const { id } of [gone, kept]) {
        for (const each of [key(id), longKey(id)]) await bench.store.writeCache(each, 'secret', 60_000, id);
      }
      await bench.store.writeCache(`${gone.id}`, 'no key of the run', 60_000);
      await bench.store.deleteRun(gone.id);
      const read = (each: string) => bench.store.readCache(each);
      assert.deepEqual([await read(key(gone.id)), await read(longKey(gone.id))], [null, null]);
      assert.deepEqual([await read(key(kept.id)), await read(longKey(kept.id))], ['secret', 'secret']);
      assert.equal(await read(gone.id), 'no key of the run');
    });

    it('is not written any more by whoever is still at work for it', async () => {
      const run = await create(steps(1));
      await bench.store.deleteRun(run.id);
      await bench.store.writeCache(key(run.id), 'secret', 60_000, run.id);
      assert.equal(await bench.store.readCache(key(run.id)), null);
    });

    it('goes with a run that is swept for its age', async () => {
      const run = await create(steps(1));
      await bench.store.writeCache(key(run.id), 'secret', 1_000_000, run.id);
      await bench.clock.advance(10_000);
      while (await bench.store.sweep(10_000 - 1, 100));
      assert.equal(await bench.store.readCache(key(run.id)), null);
    });
  });

  describe('sweeping', () => {
    it('forgets the turns of keys that nobody asked for in a day, and no others', async () => {
      const day = 24 * 60 * 60_000;
      for (let i = 0; i < 5; i += 1) await bench.store.takeTurn(`old ${i}`, 1000);
      await bench.store.pauseTurns('paused', 3 * day);
      await bench.clock.advance(day + 60_000);
      await bench.store.takeTurn('new', 1000);
      while (await bench.store.sweep(30 * day, 2));
      const [old, paused, young] = await bench.store.turnWaits(['old 1', 'paused', 'new']);
      assert.equal(old?.waitMs, 0);
      assert.ok((paused?.waitMs ?? 0) > day);
      assert.ok((young?.waitMs ?? 0) > 0);
    });

    it('deletes old runs with all that belongs to them, a bite at a time, and keeps the others', async () => {
      const old = await create(steps(1, 2, 3));
      await recordNext(old.id, 0, 3, done([{ a: 1 }, { a: 2 }]));
      await bench.clock.advance(10_000);
      const young = await create(steps(1));
      await recordNext(young.id, 0, 1, done([{ a: 1 }]));
      let bites = 0;
      while (await bench.store.sweep(10_000 - 1, 2)) bites += 1;
      assert.ok(bites > 1, `${bites} bites`);
      assert.equal(await bench.store.findRun(old.id), null);
      assert.deepEqual(await bench.store.listRows(old.id, 0, 10), []);
      assert.equal(await nextOf(old), null);
      assert.equal((await bench.store.listRows(young.id, 0, 10)).length, 1);
    });
  });
}
