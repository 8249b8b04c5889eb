import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Fault, notifier, type Observer } from '../../src/core/observer.js';
import type { Run } from '../../src/core/run.js';
import { settled } from '../../src/testing/index.js';

const event = { run: { id: 'r' } as Run };

it('every observer is told, as a method of its own', () => {
  class Counting implements Observer {
    count = 0;
    runStarted() {
      this.count += 1;
    }
  }
  const observers = [new Counting(), {}, new Counting()];
  notifier(observers)('runStarted', event);
  assert.deepEqual(
    observers.map((each) => 'count' in each && each.count),
    [1, false, 1],
  );
});

it('one that throws, at once or later, holds nobody up and is reported as a fault', async () => {
  const faults: Fault[] = [];
  let told = 0;
  const notify = notifier([
    {
      runEnded: () => {
        throw new Error('at once');
      },
    },
    { runEnded: async () => Promise.reject(new Error('later')) },
    {
      runEnded: () => {
        told += 1;
      },
      fault: (fault) => void faults.push(fault),
    },
    {
      fault: () => {
        throw new Error('even of faults');
      },
    },
  ]);
  notify('runEnded', event);
  await settled();
  assert.equal(told, 1);
  assert.deepEqual(
    faults.map(({ during, error }) => [during, (error as Error).message]),
    [
      ['observer', 'at once'],
      ['observer', 'later'],
    ],
  );
});
