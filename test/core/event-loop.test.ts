import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Turns } from '../../src/core/event-loop.js';

it('who comes alone need not wait; of those who come together, one goes on at each turn of the event loop', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const goOn = async (name: string) => {
    await turns.take();
    order.push(name);
  };
  assert.equal(new Turns().take(), null);
  const all = ['first', 'second', 'third'].map(goOn);
  setImmediate(() => order.push('whoever came meanwhile'));
  await Promise.all(all);
  assert.deepEqual(order, ['first', 'second', 'whoever came meanwhile', 'third']);
});
