import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/core/clock.js';
import { openStore } from '../../src/store/open.js';
import { openSqlite, SqliteStore } from '../../src/store/sqlite.js';
import { storeModel } from '../contract/model.js';
import { storeContract } from '../contract/store.js';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'deeper', 'tobiishi.db');
const RUN = { id: 'run', visitorId: 'visitor', job: 'job', version: 1, input: {}, maxTotal: 10 };
const STEPS = [{ item: 1, key: null, lane: '' }];

storeContract('SQLite in memory', async (clock) => new SqliteStore(openSqlite(':memory:'), clock));
storeModel('SQLite in memory', async (clock) => new SqliteStore(openSqlite(':memory:'), clock), 500);
storeContract('SQLite file', async (clock) => new SqliteStore(openSqlite(newPath()), clock));

describe('SQLite file', () => {
  it('keeps runs from one process to the next, and frees the claims of the dead one', async () => {
    const path = newPath();
    const first = await openStore(path, systemClock, 1000);
    await first.store.createRun(RUN, STEPS, 10);
    await first.store.claim('run', 0, 60_000);
    await first.store.close();
    const second = await openStore(path, systemClock, 1000);
    assert.equal((await second.store.findRun('run'))?.total, 1);
    assert.ok(await second.store.claim('run', 0, 60_000));
    await second.store.close();
  });

  it('refuses a second process while the first is there', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    await assert.rejects(openStore(path, systemClock, 1000), /in use by another Tobiishi process/);
    await store.close();
    await (await openStore(path, systemClock, 1000)).store.close();
  });

  it('refuses a database that a newer version wrote', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    (store as SqliteStore).db.pragma('user_version = 999');
    await store.close();
    await assert.rejects(openStore(path, systemClock, 1000), /newer Tobiishi/);
  });
});
