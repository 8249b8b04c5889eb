import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OVER, systemClock } from '../../src/core/clock.js';

test('nobody is woken early, not by a part of a millisecond', async () => {
  for (let i = 0; i < 100; i += 1) {
    const from = performance.now();
    await systemClock.sleep(2);
    const slept = performance.now() - from;
    assert.ok(slept >= 2, `sleep ${i} took ${slept} ms`);
  }
});

test('what is called off is not done, neither when it was due first nor later', async () => {
  let done = 0;
  const cancel = systemClock.after(2, () => {
    done += 1;
  });
  setTimeout(cancel, 1);
  await systemClock.sleep(20);
  assert.equal(done, 0);
});

test('whoever sleeps is woken by the signal, with its reason', async () => {
  const abort = new AbortController();
  const sleeping = systemClock.sleep(60_000, abort.signal);
  abort.abort(OVER);
  await assert.rejects(sleeping, (reason) => reason === OVER);
  await assert.rejects(systemClock.sleep(60_000, abort.signal), (reason) => reason === OVER);
});
