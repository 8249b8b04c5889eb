import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.js';
import type { Store } from '../../src/core/store.js';
import { NEW_UPLOAD_MS, type UploadStore } from '../../src/core/upload.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

/** What every store of the files of forms must do. `open` answers empty ones. */
export function uploadContract(name: string, open: (clock: Clock) => Promise<{ store: Store; uploads: UploadStore }>) {
  describe(`files of forms, ${name}`, () => {
    let clock: FrozenClock;
    let store: Store;
    let uploads: UploadStore;
    beforeEach(async () => {
      clock = new FrozenClock();
      ({ store, uploads } = await open(clock));
    });
    /** A new file of a new visitor. */
    const send = async (network: string | null, bytes = 1000) => {
      const owner = { visitorId: `visitor at ${clock.now()}`, network };
      const kept = await uploads.write(owner, { name: 'a.txt', type: 'text/plain' }, chunks(bytes));
      await clock.advance(1000);
      return { find: () => uploads.find(owner.visitorId, kept.id), kept };
    };
    const MUCH = 1_000_000;

    it('that no run has: the oldest of a network make room, those of others and of runs stay', async () => {
      const [first, second, other, unknown] = [
        await send('home'),
        await send('home'),
        await send('school'),
        await send(null),
      ];
      const ofRun = {
        id: 'run',
        visitorId: 'visitor',
        network: 'home',
        job: 'job',
        version: 1,
        input: {},
        maxTotal: 1,
      };
      const linked = await send('home');
      await store.createRun({ ...ofRun, uploads: [linked.kept] }, [{ item: 1, key: null, lane: '' }], 10);
      await clock.advance(NEW_UPLOAD_MS);
      const newest = await send('home');
      assert.equal(await uploads.makeRoom('home', { networkBytes: 2000, allBytes: MUCH }), true);
      assert.equal(await first.find(), null);
      for (const each of [second, other, unknown, linked, newest]) assert.notEqual(await each.find(), null);
    });

    it('that end in the middle are let go of, and say why', async () => {
      async function* broken() {
        yield Buffer.alloc(100_000);
        throw new Error('the client has left');
      }
      const owner = { visitorId: 'visitor', network: null };
      await assert.rejects(
        uploads.write(owner, { name: 'a.txt', type: 'text/plain' }, broken()),
        /the client has left/,
      );
    });

    it('that came just now stay, because a run may be starting with them', async () => {
      const [first] = [await send('home'), await send('home')];
      await uploads.makeRoom('home', { networkBytes: 0, allBytes: MUCH });
      assert.notEqual(await first.find(), null);
    });

    it('are refused when all of them together are too much', async () => {
      for (const network of ['home', 'school', null]) await send(network);
      assert.equal(await uploads.makeRoom('home', { networkBytes: MUCH, allBytes: 3000 }), true);
      assert.equal(await uploads.makeRoom('home', { networkBytes: MUCH, allBytes: 2999 }), false);
      assert.equal(await uploads.makeRoom(null, { networkBytes: 0, allBytes: 3000 }), true);
    });
  });
}

async function* chunks(bytes: number) {
  yield new Uint8Array(bytes);
}
