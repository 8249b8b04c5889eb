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

  it('rejects whoever waits with the reason', async () => {
    const aborter = new Aborter();
    const waiting = aborter.whenAborted();
    aborter.abort(new Error('over'));
    await assert.rejects(waiting, /over/);
    await assert.rejects(aborter.whenAborted(), /over/);
    assert.throws(() => aborter.throwIfAborted(), /over/);
  });
});
