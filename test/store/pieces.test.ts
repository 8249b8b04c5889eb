import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.js';
import { PIECE_BYTES } from '../../src/core/files.js';
import { openSqlite } from '../../src/store/sqlite/database.js';
import { SqliteUploads } from '../../src/store/sqlite/uploads.js';

it('files that come together are written in turns, a little at a time, and each bit brings the next checkpoint nearer', async () => {
  const db = openSqlite(':memory:');
  const written: number[] = [];
  const uploads = new SqliteUploads(db, systemClock, { committed: (bytes = 0) => written.push(bytes) });
  const file = { name: 'a.bin', type: 'application/octet-stream' };
  const content = () =>
    (async function* () {
      yield Buffer.alloc(20 * PIECE_BYTES);
    })();
  let isOver = false;
  const all = Promise.all(
    Array.from({ length: 8 }, (_, i) => uploads.write({ visitorId: String(i), network: null }, file, content())),
  ).finally(() => {
    isOver = true;
  });
  let most = 0;
  for (let before = 0; !isOver; before = written.length) {
    await setImmediate();
    most = Math.max(most, written.length - before);
  }
  await all;
  assert.equal(
    written.reduce((sum, bytes) => sum + bytes),
    8 * 20 * PIECE_BYTES,
  );
  assert.ok(Math.max(...written) <= 4 * PIECE_BYTES, `${Math.max(...written)} bytes at once`);
  // One may have found nobody before it, in the turn in which the next one is let in.
  assert.ok(most <= 2, `${most} of eight at one turn`);
  db.close();
});
