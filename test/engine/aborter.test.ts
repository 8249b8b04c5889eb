import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Aborter } from '../../src/engine/aborter.js';
import { RestingClock } from '../../src/engine/resting-clock.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

describe('an aborter', () => {
  it('aborts its signal, whether that was asked for before or after', () => {
    const aborter = new Aborter();
    const { signal } = aborter;
    aborter.abort('first');
    aborter.abort('second');
    assert.equal(signal.reason, 'first');
    const late = new Aborter();
    late.abort('first');
    assert.equal(late.signal.reason, 'first');
  });

  it('ends a sleep, whichever of it and its signal the sleep was given', async () => {
    const clock = new FrozenClock();
    const aborter = new Aborter();
    const step = new RestingClock(clock, { begun() {}, ended() {} }, aborter);
    const sleeps = [step.sleep(1000, aborter.signal), step.sleep(1000, aborter), clock.sleep(1000, aborter.signal)];
    const over = step.sleep(10, aborter.signal);
    await clock.advance(10);
    await over;
    assert.equal(getEventListeners(aborter.signal, 'abort').length, 1, 'that of the sleep on another clock');
    const removed = () => assert.fail('nobody listens any more');
    aborter.addEventListener('abort', removed);
    aborter.removeEventListener('abort', removed);
    const ends = Promise.allSettled(sleeps);
    aborter.abort('no more');
    assert.deepEqual(await ends, Array(3).fill({ status: 'rejected', reason: 'no more' }));
    await assert.rejects(step.sleep(1000, aborter.signal), (reason) => reason === 'no more');
  });

  it('rejects whoever waits for some work with the reason', async () => {
    const aborter = new Aborter();
    const waiting = aborter.orAborted(() => new Promise(() => {}));
    aborter.abort(new Error('over'));
    await assert.rejects(waiting, /over/);
    await assert.rejects(
      aborter.orAborted(() => new Promise(() => {})),
      /over/,
    );
    assert.throws(() => aborter.throwIfAborted(), /over/);
  });

  it('hands on what the work comes to, and what it throws at once or later', async () => {
    const aborter = new Aborter();
    assert.equal(await aborter.orAborted(() => 1), 1);
    assert.equal(await aborter.orAborted(async () => 2), 2);
    await assert.rejects(
      aborter.orAborted(() => {
        throw new Error('at once');
      }),
      /at once/,
    );
    await assert.rejects(
      aborter.orAborted(() => Promise.reject(new Error('later'))),
      /later/,
    );
  });
});
