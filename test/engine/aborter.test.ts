import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Aborter } from '../../src/engine/aborter.js';

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
