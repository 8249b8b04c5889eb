import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Response } from 'express';
import { Memory } from '../../src/core/memory.js';
import { RestingTurns } from '../../src/core/resting-turns.js';
import { Downloads } from '../../src/http/downloads.js';
import { FrozenClock, settled } from '../../src/testing/frozen-clock.js';
import { deferred } from '../fixtures/engine.js';

/** `others`: who waits for an answer besides. */
function bench({ memoryBytes = 100_000_000, others = 0 } = {}) {
  const clock = new FrozenClock();
  const memory = new Memory(memoryBytes, clock);
  let opened = 0;
  const downloads = new Downloads(memory, clock, new RestingTurns(clock, () => opened + others));
  const open = (owner = 'somebody', closed = false) => {
    opened += 1;
    const res = Object.assign(new EventEmitter(), { closed, isDestroyed: false, destroy: () => {} });
    res.destroy = () => {
      res.isDestroyed = true;
      res.emit('close');
    };
    return { res, download: downloads.open(res as unknown as Response, owner) };
  };
  return { clock, memory, open };
}

const size = (part: string) => part.length;
const read = async () => 'x'.repeat(1000);

describe('downloads', () => {
  it('work one part at a time, and let whoever waits for an answer have the thread between two', async () => {
    const { open, clock } = bench({ others: 1 });
    const order: string[] = [];
    const reading = ['a', 'b'].map((name) =>
      open().download.next(async () => {
        order.push(name);
        for (const until = performance.now() + 20; performance.now() < until; );
        return read();
      }, size),
    );
    await settled();
    await clock.advance(19);
    order.push('others, for as long');
    await clock.advance(1000);
    await Promise.all(reading);
    assert.deepEqual(order, ['a', 'others, for as long', 'b']);
  });

  it('do not rest when nobody else waits', async () => {
    const { open } = bench();
    assert.deepEqual(await Promise.all([open(), open()].map(({ download }) => download.next(read, size))), [
      await read(),
      await read(),
    ]);
  });

  it('whose client takes nothing for a minute end, and give back their memory', async () => {
    const { clock, memory, open } = bench({ memoryBytes: 18_000_000 });
    const { res, download } = open();
    await download.next(async () => 'x'.repeat(5_000_000), size);
    await clock.advance(60_000);
    assert.equal(res.isDestroyed, false, 'a large part may take longer');
    const waiting = open().download.next(read, size);
    await settled();
    await clock.advance(500_000);
    assert.equal(res.isDestroyed, true);
    assert.equal(await waiting, await read());
    assert.ok(memory.load.bytesHeld <= 1000, `${memory.load.bytesHeld} bytes`);
  });

  it('of files take turns piece by piece, and end when their client takes none for a minute', async () => {
    const { clock, open } = bench();
    const order: string[] = [];
    const read = async (name: string, take: number) => {
      async function* pieces() {
        for (;;) {
          order.push(name);
          yield new Uint8Array(1);
        }
      }
      const { res, download } = open();
      const reading = download.inTurns(pieces());
      for (let i = 0; i < take; i += 1) await reading.next();
      return res;
    };
    const reading = Promise.all([read('a', 3), read('b', 3)]);
    for (let i = 0; i < 6; i += 1) await clock.advance(250);
    const [slow] = await reading;
    assert.deepEqual(order, ['a', 'b', 'a', 'b', 'a', 'b']);
    await clock.advance(60_000);
    assert.equal(slow.isDestroyed, true);
  });

  it('of a client who leaves wait no longer', async () => {
    const { memory, open } = bench({ memoryBytes: 10_000_000 });
    const held = memory.open('somebody');
    await held.hold(memory.mostBytes);
    const { res, download } = open();
    const refused = assert.rejects(download.next(read, size), { code: 'bad-request' });
    await settled();
    res.destroy();
    await refused;
  });

  it('of a client who left before they began hold nothing', async () => {
    const { memory, open } = bench();
    await assert.rejects(open('somebody', true).download.next(read, size), { code: 'bad-request' });
    assert.equal(memory.load.bytesHeld, 0);
  });

  it('of a client who leaves while a part is read wait for nobody to take it', async (t) => {
    const { clock, open } = bench();
    const timer = t.mock.method(clock, 'after');
    const part = deferred<string>();
    const { res, download } = open();
    const refused = assert.rejects(
      download.next(() => part.promise, size),
      { code: 'bad-request' },
    );
    await settled();
    res.destroy();
    part.resolve('x');
    await refused;
    assert.equal(timer.mock.callCount(), 0);
  });
});
