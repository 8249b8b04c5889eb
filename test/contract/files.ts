import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, it } from 'node:test';
import { type FileStore, type NewFile, PIECE_BYTES } from '../../src/core/files.js';
import { claimRun, recordStep } from '../../src/core/run-changes.js';
import type { Store } from '../../src/core/store.js';

const LEASE_MS = 15_000;

/** What every store of files must do, beside its store of runs. `open` answers empty ones. */
export function fileContract(name: string, open: () => Promise<{ store: Store; files: FileStore }>): void {
  describe(`files, ${name}`, () => {
    let store: Store;
    let files: FileStore;
    beforeEach(async () => {
      ({ store, files } = await open());
      const steps = [1, 2, 3].map((item) => ({ item, key: null, lane: `${item}` }));
      await store.createRun(
        { id: 'run', visitorId: 'visitor', network: null, job: 'job', version: 1, input: {}, maxTotal: 10 },
        steps,
        10,
      );
    });
    const file = (more: Partial<NewFile> = {}): NewFile => {
      return { runId: 'run', position: 1, attempt: 1, number: 1, name: 'a.txt', type: 'text/plain', ...more };
    };
    const write = (of: NewFile, ...pieces: (string | Uint8Array)[]) => {
      const bytes = pieces.map((piece) => Buffer.from(piece as string));
      return files.write(
        of,
        (async function* () {
          yield* bytes;
        })(),
      );
    };
    const record = async (positions: number[], fileSizes: number[] = []) => {
      const claim = (await store.change(claimRun('run', 0, LEASE_MS, 3))) ?? assert.fail('no claim');
      for (const position of positions) {
        const done = { status: 'done', outcome: {}, items: [], fileSizes, stats: {} } as const;
        await store.change(recordStep(claim, position, done, { take: 0 }));
      }
    };
    const read = (of: NewFile) => buffer(files.read(of));
    const listed = async () =>
      (await files.list('run', null, 10)).map(({ position, number, name }) => [position, number, name]);

    it('are there when their step is recorded, whole', async () => {
      const bytes = Buffer.alloc(2 * PIECE_BYTES + 5, 'stone\\0');
      const parts = [0, 1, 2].map((i) => bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
      assert.equal(await write(file(), ...parts), bytes.length);
      assert.deepEqual(await listed(), []);
      assert.equal(await files.find('run', 1, 1), null);
      await record([1], [bytes.length]);
      assert.deepEqual(await files.list('run', null, 10), [{ ...file(), size: bytes.length }]);
      assert.deepEqual(await files.find('run', 1, 1), { ...file(), size: bytes.length });
      assert.ok((await read(file())).equals(bytes));
      const run = await store.findRun('run');
      assert.equal(run?.fileCount, 1);
      assert.ok(run.bytes > bytes.length);
    });

    it('of an attempt that was not recorded are not there', async () => {
      await write(file({ attempt: 7, name: 'lost.txt' }), 'lost');
      await write(file(), 'kept');
      await record([1], [4]);
      assert.deepEqual(await listed(), [[1, 1, 'a.txt']]);
    });

    it('are listed in order, page by page', async () => {
      await write(file({ position: 2, number: 2, name: 'd' }), '');
      await write(file({ position: 2, number: 1, name: 'c' }), '');
      await write(file({ position: 1, number: 2, name: 'b' }), '');
      await write(file({ position: 1, number: 1, name: 'a' }), '');
      await record([1, 2]);
      const first = await files.list('run', null, 3);
      assert.deepEqual(
        first.map(({ name }) => name),
        ['a', 'b', 'c'],
      );
      assert.deepEqual(
        (await files.list('run', first.at(-1) ?? null, 3)).map(({ name }) => name),
        ['d'],
      );
    });

    it('take the place of what was there before', async () => {
      await write(file(), 'a longer text', 'with two pieces');
      assert.equal(await write(file({ name: 'b.txt' }), 'short'), 5);
      await record([1]);
      assert.deepEqual(await listed(), [[1, 1, 'b.txt']]);
      assert.equal(String(await read(file())), 'short');
    });

    it('go with their run, and none is left of one that is gone', async () => {
      await write(file(), 'text');
      await record([1]);
      await store.deleteRun('run');
      while (await store.sweep(60_000, 10)) assert.ok(true);
      assert.equal((await read(file())).length, 0);
      await assert.rejects(write(file({ number: 2 }), 'text'), { code: 'run-not-found' });
    });
  });
}
