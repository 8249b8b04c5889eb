import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Body } from '../../../src/scrape/fetch/body.js';

function counted() {
  const asked: string[] = [];
  return { asked, body: new Body({ pause: () => void asked.push('pause'), resume: () => void asked.push('resume') }) };
}

test('pieces that have come are read as one', async () => {
  const { body } = counted();
  for (const piece of ['飛', 'び', '石']) body.push(Buffer.from(piece));
  body.end();
  assert.equal(String((await body.next()).value), '飛び石');
  assert.equal((await body.next()).done, true);
});

test('the other side waits also while very many small pieces do, and goes on after a turn of the event loop', async () => {
  const { asked, body } = counted();
  for (let i = 0; i < 3000; i += 1) body.push(Buffer.from('x'));
  assert.deepEqual(asked, ['pause']);
  assert.equal((await body.next()).value?.length, 3000);
  assert.deepEqual(asked, ['pause']);
  await setImmediate();
  assert.deepEqual(asked, ['pause', 'resume']);
});
