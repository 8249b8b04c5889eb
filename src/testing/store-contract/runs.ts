import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTobiishiError, TobiishiError } from '../../core/errors.js';
import { cancelRun, pauseRun, recordStep, shareRun, takeSteps } from '../../core/run-changes.js';
import { ANY_RUN, type RunFilter, VISITORS_OF_NETWORK } from '../../core/store.js';
import { type ContractBench, done, keyed, steps } from './contract-bench.js';

export function runsContract(bench: ContractBench): void {
  const { create, claimed, recordNext, maxUnfinished } = bench;

  describe('runs', () => {
    it('keeps a new run as it was started', async () => {
      const run = await create(steps(1, 2, 3));
      assert.deepEqual(await bench.store.findRun(run.id), run);
      assert.equal(run.status, 'running');
      assert.equal(run.seq, 0);
      assert.equal(run.total, 3);
      assert.deepEqual(run.input, { a: '日本語' });
      assert.equal(run.createdAt, bench.clock.now());
    });

    it('finds no run that was never started', async () => {
      assert.equal(await bench.store.findRun('nobody'), null);
    });

    it("lists a visitor's own runs, newest first", async () => {
      const first = await create(steps(1));
      await bench.store.change(cancelRun(first.id));
      await bench.clock.advance(1);
      const second = await create(steps(1));
      await create(steps(1), { visitorId: 'another' });
      assert.deepEqual(
        (await bench.store.listRuns('visitor', 10)).map(({ id }) => id),
        [second.id, first.id],
      );
    });

    it("searches everybody's runs, newest first", async () => {
      const first = await create(steps(1), { visitorId: 'another', network: 'net' });
      await bench.clock.advance(1);
      const second = await create(steps(1));
      const found = async (filter: Partial<RunFilter>) =>
        (await bench.store.searchRuns({ ...ANY_RUN, ...filter }, 10)).map(({ id }) => id);
      assert.deepEqual(await found({}), [second.id, first.id]);
      assert.deepEqual(await found({ visitorId: 'another' }), [first.id]);
      assert.deepEqual(await found({ network: 'net' }), [first.id]);
      assert.deepEqual(await found({ status: 'done' }), []);
      assert.deepEqual(await found({ job: second.job, host: '日本' }), [second.id, first.id]);
      assert.deepEqual(await found({ host: "'; DROP TABLE runs; --" }), []);
      assert.equal((await bench.store.searchRuns(ANY_RUN, 1)).length, 1);
    });

    it('says how many bytes are kept: of a visitor, of a network, of all', async () => {
      const { store } = bench;
      assert.equal(await store.bytesKept({}), 0);
      const mine = await create(steps('x'.repeat(100)), { network: 'net' });
      const other = await create(steps(1), { visitorId: 'another', network: 'net' });
      assert.equal(await store.bytesKept({ visitorId: 'visitor' }), mine.bytes);
      assert.equal(await store.bytesKept({ network: 'net' }), mine.bytes + other.bytes);
      assert.equal(await store.bytesKept({ network: 'another' }), 0);
      await recordNext(mine.id, 0, 1, done([{ text: '石'.repeat(1000) }], steps('y'.repeat(100))));
      const grown = (await store.bytesKept({})) - mine.bytes - other.bytes;
      assert.ok(grown > 3000 + 300 && grown < 3600, `${grown} bytes of a row and an item`);
      await store.deleteRun(mine.id);
      assert.equal(await store.bytesKept({}), other.bytes);
    });

    it('lists unfinished runs first, however old', async () => {
      const { id } = await create(steps(1));
      await bench.store.change(pauseRun(id));
      for (let i = 0; i < 3 && maxUnfinished > 1; i += 1) {
        await bench.clock.advance(1);
        await bench.store.change(cancelRun((await create(steps(1))).id));
      }
      assert.equal((await bench.store.listRuns('visitor', 1))[0]?.id, id);
    });

    it('refuses one unfinished run too many, and counts finished ones no more', async () => {
      const runs = [];
      for (let i = 0; i < maxUnfinished; i += 1) runs.push(await create(steps(1)));
      const refused = (error: unknown) => error instanceof TobiishiError && error.code === 'too-many-runs';
      await assert.rejects(create(steps(1)), refused);
      await bench.store.change(cancelRun(runs[0]?.id ?? ''));
      await create(steps(1));
      await assert.rejects(create(steps(1)), refused);
      await create(steps(1), { visitorId: 'another' });
    });

    it('refuses one unfinished run of a network too many, whoever its visitors are, and no other network', async () => {
      const most = maxUnfinished * VISITORS_OF_NETWORK;
      const runs = [];
      for (let i = 0; i < most; i += 1) {
        runs.push(await create(steps(1), { visitorId: `visitor ${i}`, network: 'school' }));
      }
      const refused = (error: unknown) => isTobiishiError(error, 'too-busy');
      await assert.rejects(create(steps(1), { visitorId: 'one more', network: 'school' }), refused);
      await create(steps(1), { visitorId: 'one more', network: 'home' });
      await bench.store.change(cancelRun(runs[0]?.id ?? ''));
      await create(steps(1), { visitorId: 'one more still', network: 'school' });
    });

    it('plans two items of one key as one step', async () => {
      assert.equal((await create(keyed('a', 'b', 'a'))).total, 2);
    });

    it('leaves out what is past the limit and counts it', async () => {
      const run = await create(keyed('a', 'b', 'a', 'c', 'd'), { maxTotal: 2 });
      assert.equal(run.total, 2);
      assert.equal(run.droppedCount, 2);
    });
  });

  describe('items that do not count towards the limit', () => {
    const uncounted = (...names: string[]) => keyed(...names).map((step) => ({ ...step, counted: false }));

    it('are added past it and move it', async () => {
      const run = await create([...uncounted('map'), ...keyed('a', 'b', 'c')], { maxTotal: 2 });
      assert.deepEqual([run.total, run.maxTotal, run.droppedCount], [3, 3, 1]);
      await recordNext(run.id, 0, 1, done([], [...uncounted('more', 'a'), ...keyed('d')]));
      const after = await bench.store.findRun(run.id);
      assert.deepEqual([after?.total, after?.maxTotal, after?.droppedCount], [4, 4, 2]);
    });
  });

  describe('deleting', () => {
    it('removes a run at once, with the step at work, and what belonged to it when swept', async () => {
      const { id } = await create(steps(1, 2));
      await recordNext(id, 0, 1, done([{ a: 1 }]));
      const claim = await claimed(id, 1);
      await bench.store.change(takeSteps(claim, 1));
      assert.equal(await bench.store.deleteRun(id), true);
      assert.equal(await bench.store.findRun(id), null);
      assert.equal(await bench.store.change(recordStep(claim, 2, done(), { take: 1 })), null);
      assert.equal(await bench.store.deleteRun(id), false);
      while (await bench.store.sweep(60_000, 100));
      assert.deepEqual(await bench.store.listRows(id, 0, 10), []);
    });
  });

  describe('sharing', () => {
    it('lets whoever knows the token find the run, until it is revoked', async () => {
      const { id } = await create(steps(1));
      assert.equal((await bench.store.change(shareRun(id, 'token')))?.shareToken, 'token');
      assert.equal((await bench.store.findSharedRun('token'))?.id, id);
      assert.equal(await bench.store.findSharedRun('another'), null);
      await bench.store.change(shareRun(id, null));
      assert.equal(await bench.store.findSharedRun('token'), null);
      assert.equal(await bench.store.change(shareRun('absent', 'token')), null);
    });
  });
}
