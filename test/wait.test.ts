import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/core/clock.js';
import { waitJob } from '../src/wait.js';
import { contextOf } from './fixtures/context.js';

test('it plans five waits', async () => {
  const input = waitJob.input.parse({ seconds: '2' }) as { seconds: number; hold: boolean };
  assert.deepEqual(input, { seconds: 2, hold: false });
  assert.deepEqual(await waitJob.plan(input, contextOf()), Array(5).fill({ seconds: 2 }));
});

test('the tick box holds the answer', () => {
  assert.equal(waitJob.holdAnswer({ seconds: 1, hold: true }), true);
  assert.equal(waitJob.holdAnswer({ seconds: 1, hold: false }), false);
});

for (const seconds of ['0', '3601', '1.5', 'x', '-1']) {
  test(`"${seconds}" is no number of seconds`, () => assert.equal(waitJob.input.safeParse({ seconds }).success, false));
}

test('a step sleeps by the clock it is given', async () => {
  const slept: number[] = [];
  const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) };
  const context = contextOf({ clock });
  assert.deepEqual(await waitJob.step({ seconds: 3 }, context), {});
  assert.deepEqual(slept, [3000]);
});
