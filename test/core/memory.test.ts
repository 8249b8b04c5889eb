import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Memory } from '../../src/core/memory.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

function memoryOf(totalBytes: number) {
  const clock = new FrozenClock();
  return { clock, memory: new Memory(totalBytes, clock) };
}

/** Whether it has ended by now. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  return Promise.race([work.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
}

describe('memory in flight', () => {
  it('is there at once while there is some, and is waited for where there is none', async () => {
    const { memory } = memoryOf(100);
    const first = memory.open('a');
    await first.hold(40);
    const second = memory.open('b').hold(31);
    assert.equal(await isOver(second), false);
    await first.hold(10);
    assert.equal(await isOver(second), true);
  });

  it('is refused after a while', async () => {
    const { memory, clock } = memoryOf(100);
    const refused = assert.rejects(memory.open('a', 5000).hold(51), { code: 'too-busy' });
    await clock.advance(5000);
    await refused;
    assert.equal(await isOver(memory.open('a').hold(50)), true, 'who was refused holds nothing');
  });

  it('is no longer waited for by work that is aborted', async () => {
    const { memory } = memoryOf(100);
    const abort = new AbortController();
    const waiting = memory.open('a').hold(60, abort.signal);
    const behind = memory.open('b').hold(50);
    assert.equal(await isOver(behind), false);
    abort.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    assert.equal(await isOver(behind), true);
  });

  it('that comes just when its work has ended is given back', async () => {
    const { memory } = memoryOf(100);
    const first = memory.open('a');
    await first.hold(50);
    const second = memory.open('a');
    const waiting = second.hold(50);
    first.release();
    second.release();
    await waiting;
    assert.equal(await isOver(memory.open('a').hold(50)), true);
  });

  it('is shared by owners: one that takes all it can leaves some for the next', async () => {
    const { memory } = memoryOf(100);
    for (let i = 0; i < 20; i += 1) void memory.open('greedy').hold(10);
    assert.equal(await isOver(memory.open('somebody').hold(20)), true);
  });

  it('goes to a large one that came first, and not to small ones again and again', async () => {
    const { memory } = memoryOf(100);
    const holders = ['a', 'b'].map((owner) => memory.open(owner));
    for (const holder of holders) await holder.hold(30);
    const large = memory.open('large').hold(50);
    const small = memory.open('small').hold(5);
    assert.equal(await isOver(small), false);
    for (const holder of holders) holder.release();
    assert.deepEqual([await isOver(large), await isOver(small)], [true, true]);
  });

  it('is held up by nobody who holds some already', async () => {
    const { memory } = memoryOf(100);
    await memory.open('greedy').hold(50);
    const more = memory.open('greedy').hold(60);
    assert.equal(await isOver(memory.open('small').hold(5)), true);
    assert.equal(await isOver(more), false);
  });

  it('is all there again when everybody has given it back, and was never more than there is', async () => {
    const step = fc.record({ owner: fc.constantFrom('a', 'b', 'c'), bytes: fc.integer({ min: 0, max: 50 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { memory, clock } = memoryOf(100);
        const open: { held: ReturnType<Memory['open']>; bytes: number }[] = [];
        const works = steps.map(async ({ owner, bytes }, i) => {
          const entry = { held: memory.open(owner), bytes: 0 };
          open.push(entry);
          await entry.held.hold(bytes).then(
            () => {
              entry.bytes = bytes;
            },
            () => {},
          );
          assert.ok(open.reduce((sum, each) => sum + each.bytes, 0) <= 100);
          if (i % 2 === 0) {
            entry.bytes = 0;
            entry.held.release();
          }
        });
        await clock.advance(30_000);
        await Promise.all(works);
        for (const { held } of open) held.release();
        assert.equal(await isOver(memory.open('d').hold(50)), true);
      }),
      { numRuns: 50 },
    );
  });
});
