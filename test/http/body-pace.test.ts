import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { atLeastAtPace } from '../../src/http/body-pace.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { deferred } from '../fixtures/engine.js';

function bench() {
  const clock = new FrozenClock();
  const socket = { bytesRead: 500 };
  const req = { socket, complete: false };
  const reading = deferred<string>();
  const read = atLeastAtPace(req as unknown as IncomingMessage, clock, reading.promise);
  return { clock, socket, req, reading, read };
}

test('a body that keeps coming is waited for, and given up when it comes too slowly', async () => {
  const { clock, socket, read } = bench();
  const refused = assert.rejects(read, { status: 408 });
  for (let i = 0; i < 5; i += 1) {
    socket.bytesRead += 80_000;
    await clock.advance(10_000);
  }
  socket.bytesRead += 79_000;
  await clock.advance(10_000);
  await refused;
});

test('a body that is there may be worked on for any time', async () => {
  const { clock, req, reading, read } = bench();
  req.complete = true;
  await clock.advance(60_000);
  reading.resolve('read');
  assert.equal(await read, 'read');
});
