import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claimRun, giveUpStep, postponeStep, recordStep, takeSteps } from '../../core/run-changes.js';
import { KEPT_ERRORS } from '../../core/store.js';
import { type ContractBench, done, FAILURE, LEASE_MS, steps } from './contract-bench.js';

export function recordsContract(bench: ContractBench): void {
  const { create, claimed, recordNext } = bench;

  describe('texts of any length and character', () => {
    const long = 'x'.repeat(10_000);
    const texts = [`${long}a`, `${long}b`, 'nul\0', 'half \ud83d', '飛び石'];

    it('are keys, lanes, notes and ids', async () => {
      const items = texts.map((text) => ({ item: text, key: text, lane: text }));
      const { id, total } = await create([...items, ...items]);
      assert.equal(total, texts.length);
      const claim = await bench.store.change(claimRun(id, 0, LEASE_MS, 9));
      assert.ok(claim);
      assert.deepEqual(
        claim.handed.steps.map(({ item }) => item),
        texts,
      );
      const recording = { ...done([], items), outcome: { note: 'a\0b' } };
      const recorded = await bench.store.change(recordStep(claim, 3, recording, { take: 9 }));
      assert.deepEqual([recorded?.run.total, recorded?.handed.steps], [texts.length, []]);
      assert.equal((await bench.store.listSteps(id, 0, 1))[0]?.note, 'a\ufffdb');
      assert.equal(await bench.store.findRun('\0'), null);
    });

    it('are cached as they are', async () => {
      for (const text of ['text\0, and more', '飛び石']) {
        await bench.store.writeCache(long, text, 1000);
        assert.equal(await bench.store.readCache(long), text);
      }
    });
  });

  it('rows of a step that failed are kept like others', async () => {
    const { id } = await create(steps('a', 'b'));
    const claim = await claimed(id);
    await bench.store.change(takeSteps(claim, 1));
    const failed = { status: 'failed', failure: FAILURE, error: null, rows: [{ list: 1 }], stats: {} } as const;
    await bench.store.change(recordStep(claim, 1, failed, { take: 1 }));
    const recorded = await bench.store.change(recordStep(claim, 2, done([{ list: 2 }]), 'release'));
    assert.deepEqual([recorded?.run.rowCount, recorded?.run.failedCount], [2, 1]);
    assert.deepEqual(await bench.store.listRows(id, 0, 9), [
      { number: 1, row: { list: 1 } },
      { number: 2, row: { list: 2 } },
    ]);
  });

  describe('errors', () => {
    const broken = { name: 'TypeError', message: 'no table', stack: 'TypeError: no table\n    at 表' };
    const kept = (position: number, attempt: number) => ({ position, attempt, at: bench.clock.now(), ...broken });

    it('of attempts are kept whatever became of them, newest first, and counted', async () => {
      const { id } = await create(steps('a', 'b'));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      const attempt = { failure: FAILURE, error: broken, stats: {} };
      await bench.store.change(postponeStep(claim, 1, { ...attempt, waitMs: null, toEnd: false }));
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(recordStep(claim, 1, { status: 'failed', ...attempt }, { take: 1 }));
      await bench.store.change(giveUpStep(claim, 2, attempt));
      const errors = await bench.store.listErrors(id);
      assert.deepEqual(errors, [kept(2, 1), kept(1, 2), kept(1, 1)]);
      assert.equal((await bench.store.findRun(id))?.errorCount, 3);
    });

    it('of all runs are listed together, newest first, with the run and its job', async () => {
      const ids: string[] = [];
      for (const visitorId of ['one', 'two']) {
        const { id } = await create(steps('a'), { visitorId });
        ids.push(id);
        const claim = await claimed(id);
        await bench.store.change(takeSteps(claim, 1));
        await bench.store.change(giveUpStep(claim, 1, { failure: FAILURE, error: broken, stats: {} }));
        await bench.clock.advance(1);
      }
      const newest = await bench.store.listNewestErrors(10);
      assert.deepEqual(
        newest.map(({ runId, job, stack }) => [runId, job, stack]),
        ids.reverse().map((id) => [id, 'job', broken.stack]),
      );
      assert.equal((await bench.store.listNewestErrors(1)).length, 1);
      await bench.store.deleteRun(String(ids[0]));
      assert.deepEqual(
        (await bench.store.listNewestErrors(10)).map(({ runId }) => runId),
        [ids[1]],
      );
    });

    it('are the newest hundred of a run, and go with it', async () => {
      const { id } = await create(steps('a'));
      const claim = await claimed(id);
      for (let i = 0; i < KEPT_ERRORS + 2; i += 1) {
        await bench.store.change(takeSteps(claim, 1));
        const why = { failure: FAILURE, error: { ...broken, message: `${i}` }, stats: {} };
        await bench.store.change(postponeStep(claim, 1, { ...why, waitMs: null, toEnd: false }));
      }
      const errors = await bench.store.listErrors(id);
      assert.deepEqual([errors.length, errors[0]?.message, errors.at(-1)?.message], [KEPT_ERRORS, '101', '2']);
      await bench.store.deleteRun(id);
      while (await bench.store.sweep(60_000, 1000));
      assert.deepEqual(await bench.store.listErrors(id), []);
    });
  });

  describe('failures', () => {
    it('are listed page by page, newest first', async () => {
      const { id } = await create(steps('a', 'b', 'c'));
      await recordNext(id, 0, 3, { status: 'failed', failure: FAILURE, stats: {} });
      assert.deepEqual(
        (await bench.store.listFailures(id, null, 2)).map(({ seq }) => seq),
        [3, 2],
      );
      assert.deepEqual(
        (await bench.store.listFailures(id, 2, 2)).map(({ seq }) => seq),
        [1],
      );
    });
  });

  describe('recorded steps', () => {
    it('are listed page by page, in the order in which they were planned', async () => {
      const { id } = await create(steps('a', 'b', 'c', 'd'));
      await recordNext(id, 0, 3, {
        status: 'done',
        outcome: { note: 'UTF-8' },
        items: [],
        stats: {},
      });
      const listed = [...(await bench.store.listSteps(id, 0, 2)), ...(await bench.store.listSteps(id, 2, 2))];
      assert.deepEqual(
        listed.map(({ item, seq, attempts, note }) => [item, seq, attempts, note]),
        [
          ['a', 1, 1, 'UTF-8'],
          ['b', 2, 1, 'UTF-8'],
          ['c', 3, 1, 'UTF-8'],
        ],
      );
    });
  });

  describe('figures', () => {
    it('are summed over every attempt, whatever became of it', async () => {
      const { id } = await create(steps(1, 2));
      const claim = await claimed(id);
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(
        postponeStep(claim, 1, {
          waitMs: null,
          failure: FAILURE,
          toEnd: false,
          stats: { bytes: 10, tries: 1 },
        }),
      );
      await bench.store.change(takeSteps(claim, 1));
      await bench.store.change(recordStep(claim, 1, { ...done(), stats: { bytes: 5 } }, { take: 1 }));
      await bench.store.change(giveUpStep(claim, 2, { failure: FAILURE, stats: { tries: 1 } }));
      assert.deepEqual((await bench.store.findRun(id))?.stats, { bytes: 15, tries: 2 });
    });

    it('keep a hundred names at most', async () => {
      const { id } = await create(steps(1));
      const stats = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`n${i}`, 1]));
      await recordNext(id, 0, 1, { ...done(), stats });
      assert.equal(Object.keys((await bench.store.findRun(id))?.stats ?? {}).length, 100);
    });
  });

  describe('rows', () => {
    for (const size of [1000, 60_000]) {
      it(`come as far as the bytes go, and one at least: ${size} bytes each`, async () => {
        const { id } = await create(steps(1));
        await recordNext(id, 0, 1, done(['a', 'b', 'c'].map((a) => ({ a: a.repeat(size) }))));
        const numbers = async (after: number, mostBytes: number) =>
          (await bench.store.listRows(id, after, 10, mostBytes)).map(({ number }) => number);
        assert.deepEqual(await numbers(0, 1.5 * size), [1, 2]);
        assert.deepEqual(await numbers(2, 1), [3]);
        assert.deepEqual(await numbers(0, 10 * size), [1, 2, 3]);
        assert.equal((await bench.store.readRows(id, 0, 10, 1.5 * size))?.last, 2);
        assert.equal(await bench.store.readRows(id, 3, 10, size), null);
      });

      it(`come from their end, as far as the bytes go: ${size} bytes each`, async () => {
        const { id } = await create(steps(1));
        await recordNext(id, 0, 1, done(['a', 'b', 'c', 'd'].map((a) => ({ a: a.repeat(size) }))));
        const numbers = async (before: number, limit: number, mostBytes?: number) =>
          (await bench.store.listRowsBefore(id, before, limit, mostBytes)).map(({ number }) => number);
        assert.deepEqual(await numbers(5, 10), [1, 2, 3, 4]);
        assert.deepEqual(await numbers(5, 3), [2, 3, 4]);
        assert.deepEqual(await numbers(5, 10, 1.5 * size), [3, 4]);
        assert.deepEqual(await numbers(3, 10, 1), [2]);
        assert.deepEqual(await numbers(1, 10), []);
      });
    }

    it('come back in step order, exactly as they were, page by page', async () => {
      const { id } = await create(steps(1, 2));
      const rows = [
        { a: 'x', b: null },
        { a: '"日本", 😀\u0000\n', b: 1.5 },
        { a: '', b: { deep: [1] } },
      ];
      await recordNext(id, 0, 1, done(rows.slice(0, 2)));
      await recordNext(id, 1, 1, done(rows.slice(2)));
      assert.deepEqual(await bench.store.listRows(id, 0, 2), [
        { number: 1, row: rows[0] },
        { number: 2, row: rows[1] },
      ]);
      assert.deepEqual(await bench.store.listRows(id, 2, 2), [{ number: 3, row: rows[2] }]);
      const lines = rows.slice(1).map((row) => `${JSON.stringify(row)}\n`);
      assert.deepEqual(await bench.store.readRows(id, 1, 9, 1e6), { last: 3, lines: Buffer.from(lines.join('')) });
      assert.equal((await bench.store.findRun(id))?.rowCount, 3);
    });
  });
}
