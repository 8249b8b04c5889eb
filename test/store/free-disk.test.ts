import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { it } from 'node:test';
import { FreeDisk } from '../../src/store/free-disk.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

it('a disk is low below its floor, which is told once each way, and not looked at all the time', async () => {
  const clock = new FrozenClock();
  const told: [boolean, number][] = [];
  let [free, looks] = [1000, 0];
  const disk = new FreeDisk(
    '/folder',
    500,
    clock,
    (...what) => told.push(what),
    async () => {
      looks += 1;
      return free;
    },
  );
  assert.equal(await disk.isLow(), false);
  free = 499;
  assert.equal(await disk.isLow(), false);
  assert.equal(looks, 1);
  for (const next of [499, 400, 600]) {
    free = next;
    await clock.advance(5000);
    assert.equal(await disk.isLow(), next < 500);
  }
  assert.deepEqual(told, [
    [true, 499],
    [false, 600],
  ]);
});

it('the real disk is asked', async () => {
  const answers = [0, 2 ** 60].map((least) => new FreeDisk(tmpdir(), least, new FrozenClock(), () => {}).isLow());
  assert.deepEqual(await Promise.all(answers), [false, true]);
});
