import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type SessionData, Store as SessionStore } from 'express-session';
import Database from 'libsql';
import { type Clock, systemClock } from '../../src/core/clock.js';
import {
  claimRun,
  failRun,
  pauseRun,
  recordStep,
  releaseClaim,
  renewClaim,
  resumeRun,
  retryRun,
  shareRun,
  takeSteps,
} from '../../src/core/run-changes.js';
import type { Row } from '../../src/core/step.js';
import type { Store } from '../../src/core/store.js';
import { openStore } from '../../src/store/open.js';
import { SqliteApiTokens } from '../../src/store/sqlite/api-tokens.js';
import { ClaimMarks } from '../../src/store/sqlite/claim-marks.js';
import { openSqlite } from '../../src/store/sqlite/database.js';
import { SqliteFiles } from '../../src/store/sqlite/files.js';
import { SqliteSchedules } from '../../src/store/sqlite/schedules.js';
import { MIGRATIONS } from '../../src/store/sqlite/schema.js';
import { SqliteSessions } from '../../src/store/sqlite/sessions.js';
import { prepareStatements } from '../../src/store/sqlite/statements.js';
import { SqliteStore } from '../../src/store/sqlite/store.js';
import { SqliteUploads } from '../../src/store/sqlite/uploads.js';
import { SqliteWatches } from '../../src/store/sqlite/watches.js';
import { SqliteWebhooks } from '../../src/store/sqlite/webhooks.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { storeContract } from '../../src/testing/store-contract/index.js';
import { apiTokenContract } from '../contract/api-tokens.js';
import { fileContract } from '../contract/files.js';
import { listsGoByBytes } from '../contract/lists.js';
import { storeModel } from '../contract/model.js';
import { OLDER_HEADS, OLDER_STEPS } from '../contract/older.js';
import { operatorContract } from '../contract/operator.js';
import { scheduleContract } from '../contract/schedules.js';
import { uploadContract } from '../contract/uploads.js';
import { watchContract } from '../contract/watches.js';
import { webhookContract } from '../contract/webhooks.js';
import { until } from '../fixtures/patience.js';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'deeper', 'tobiishi.db');
/** A run of six megabytes. */
async function largeRun(store: Store): Promise<void> {
  await store.createRun(RUN, STEPS, 10);
  const claim = await store.change(claimRun('run', 0, 60_000, 1));
  assert.ok(claim);
  const outcome = { rows: Array.from({ length: 20 }, () => ({ text: 'x'.repeat(300_000) })) };
  await store.change(recordStep(claim, 1, { status: 'done', outcome, items: [], stats: {} }, 'release'));
}

const RUN = { id: 'run', visitorId: 'visitor', network: null, job: 'job', version: 1, input: {}, maxTotal: 10 };
const STEPS = [{ item: 1, key: null, lane: '' }];

/** Claims of runs at hand are marked first, and written later. */
function withMarks(path: string, marks: string | null, clock: Clock): SqliteStore {
  return new SqliteStore(openSqlite(path), clock, undefined, undefined, new ClaimMarks(marks));
}

storeContract('SQLite in memory', async (clock) => new SqliteStore(openSqlite(':memory:'), clock));
storeModel('SQLite in memory', async (clock) => withMarks(':memory:', null, clock), 500);
storeModel('SQLite with claims left unwritten', async (clock) => withMarks(':memory:', null, clock), 200, {
  asksNext: false,
});
scheduleContract('SQLite', async (clock) => new SqliteSchedules(openSqlite(':memory:'), clock));
fileContract('SQLite', async () => {
  const db = openSqlite(':memory:');
  return { store: new SqliteStore(db, systemClock), files: new SqliteFiles(db) };
});
uploadContract('SQLite', async (clock) => {
  const db = openSqlite(':memory:');
  return { store: new SqliteStore(db, clock), uploads: new SqliteUploads(db, clock) };
});
watchContract('SQLite', async (clock) => new SqliteWatches(openSqlite(':memory:'), clock));
webhookContract('SQLite', async (clock) => {
  const db = openSqlite(':memory:');
  return { store: new SqliteStore(db, clock), webhooks: new SqliteWebhooks(db, clock) };
});
apiTokenContract('SQLite', async (clock) => new SqliteApiTokens(openSqlite(':memory:'), clock));
storeContract('SQLite file', async (clock) => {
  const path = newPath();
  return withMarks(path, `${path}.claims`, clock);
});
operatorContract('SQLite file', (clock) => openStore(newPath(), clock, 1000));

describe('SQLite file', () => {
  it('keeps runs from one process to the next, and frees the claims of the dead one', async () => {
    const path = newPath();
    const first = await openStore(path, systemClock, 1000);
    await first.store.createRun(RUN, STEPS, 10);
    await first.store.change(claimRun('run', 0, 60_000, 0));
    await first.store.close();
    const second = await openStore(path, systemClock, 1000);
    assert.equal((await second.store.findRun('run'))?.total, 1);
    assert.ok(await second.store.change(claimRun('run', 0, 60_000, 0)));
    await second.store.close();
  });

  it('knows of a claim that it had no time to write, and counts its attempt', async () => {
    const path = newPath();
    const open = () => openStore(path, systemClock, 1000);
    const first = await open();
    await first.store.createRun(RUN, [...STEPS, ...STEPS], 10);
    const claim = await first.store.change(claimRun('run', 0, 60_000, 1));
    assert.ok(claim);
    await first.store.change(recordStep(claim, 1, { status: 'done', outcome: {}, items: [], stats: {} }, 'release'));
    assert.ok(await first.store.change(claimRun('run', 1, 60_000, 1)));
    const before = new Database(path);
    assert.equal((before.prepare('SELECT epoch FROM runs').get() as { epoch: number }).epoch, 1, 'not written yet');
    before.close();
    await first.store.close();

    const second = await open();
    const run = await second.store.findRun('run');
    assert.deepEqual([run?.epoch, run?.seq, (run?.leaseUntil ?? Infinity) <= Date.now()], [2, 1, true]);
    const again = await second.store.change(claimRun('run', 1, 60_000, 1));
    assert.deepEqual(
      again?.handed.steps.map(({ attempts }) => attempts),
      [2],
    );
    await second.store.close();
    await (await open()).store.close();
    assert.equal(statSync(`${path}.claims`).size, 0);
  });

  it('has no need to write the first claim of a run that it started, and comes to each of its steps', async () => {
    const path = newPath();
    const first = await openStore(path, systemClock, 1000);
    // The database has another character for NUL.
    const steps = [1, 2, 3].map((item) => ({ item, key: null, lane: 'a\0' }));
    const run = await first.store.createRun(RUN, steps, 10);
    assert.deepEqual(
      (await first.store.listUpcoming(run)).map(({ step }) => step.item),
      [1],
    );
    for (const seq of [0, 1, 2]) {
      const claim = await first.store.change(claimRun('run', seq, 60_000, 1));
      const [step] = claim?.handed.steps ?? [];
      assert.ok(claim && step);
      assert.deepEqual([step.item, step.attempts], [seq + 1, 1]);
      const reader = new Database(path);
      assert.equal((reader.prepare('SELECT epoch FROM runs').get() as { epoch: number }).epoch, seq, 'not written yet');
      reader.close();
      const recording = { status: 'done', outcome: {}, items: [], stats: {} } as const;
      assert.ok(await first.store.change(recordStep(claim, step.position, recording, 'release')));
    }
    assert.equal((await first.store.findRun('run'))?.status, 'done');
    await first.store.close();
  });

  it('counts the attempt of a claim that it had no time to write before the next one', async () => {
    const path = newPath();
    const clock = new FrozenClock();
    const store = withMarks(path, `${path}.claims`, clock);
    await store.createRun(RUN, STEPS, 10);
    for (const attempt of [1, 2, 3]) {
      const claim = await store.change(claimRun('run', 0, 10_000, 1));
      assert.deepEqual(
        claim?.handed.steps.map(({ attempts }) => attempts),
        [attempt],
      );
      assert.ok(claim);
      assert.deepEqual((await store.change(takeSteps(claim, 1)))?.steps, [], 'it is handed out once');
      await clock.advance(10_000);
    }
    await store.close();
  });

  it('writes what is to be written along with a change with it, or not at all', async () => {
    const { store, sessionStore } = await openStore('memory:', systemClock, 60_000);
    assert.ok(sessionStore instanceof SqliteSessions);
    const session = { cookie: { originalMaxAge: null }, tobiishi: { language: 'en' } } as unknown as SessionData;
    sessionStore.set('id', session);
    const languageKept = () => {
      let kept: string | undefined;
      sessionStore.get('id', (_error, found) => {
        kept = found?.tobiishi.language;
      });
      return kept;
    };
    await store.createRun(RUN, STEPS, 10);
    const save = (language: string) => assert.ok(sessionStore.saveField('id', 'tobiishi', { language }));
    const failing = store.change(claimRun('run', 0, 60_000, 0), () => {
      save('ja');
      throw new Error('not now');
    });
    await assert.rejects(failing, /not now/);
    assert.equal(languageKept(), 'en');
    assert.equal((await store.findRun('run'))?.epoch, 0);
    await store.change(claimRun('run', 0, 60_000, 0), () => save('ja'));
    assert.equal(languageKept(), 'ja');
    await store.close();
  });

  it('is for its owner alone, with the files beside it', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    await store.createRun(RUN, STEPS, 10);
    for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}.lock`, `${path}.claims`]) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
    }
    await store.close();
  });

  it('is unavailable once it is closed, and ends nobody’s process', async () => {
    const { store } = await openStore(newPath(), systemClock, 1000);
    await store.close();
    await store.close();
    await assert.rejects(store.createRun(RUN, STEPS, 10), { code: 'store-unavailable' });
    await assert.rejects(store.takeTurn('example.org', 1000), { code: 'store-unavailable' });
    await assert.rejects(store.ping(), { code: 'store-unavailable' });
  });

  it('refuses a second process while the first is there', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    await assert.rejects(openStore(path, systemClock, 1000), /in use by another Tobiishi process/);
    await store.close();
    await (await openStore(path, systemClock, 1000)).store.close();
  });

  it('refuses a second process under another name of the file', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    symlinkSync(path, `${path}.link`);
    await assert.rejects(openStore(`${path}.link`, systemClock, 1000), /in use by another Tobiishi process/);
    await store.close();
  });

  const LONG_PLAN = Array.from({ length: 5000 }, (_, item) => ({ item, key: null, lane: '' }));

  it('answers others while a long plan is written, and has the run when the whole of it is there', async () => {
    const store = new SqliteStore(openSqlite(newPath()), systemClock);
    let created = false;
    const creating = store.createRun({ ...RUN, maxTotal: 5000 }, LONG_PLAN, 10).then(() => {
      created = true;
    });
    let answered = 0;
    for (; !created; answered += 1) {
      assert.equal(await store.findRun('run'), null);
      assert.equal(await store.sweep(60_000, 10_000), false, 'its steps are not swept meanwhile');
      await setImmediate();
    }
    await creating;
    assert.ok(answered > 3, `${answered} times`);
    while (await store.sweep(60_000, 10_000));
    assert.equal((await store.findRun('run'))?.total, 5000);
    const claim = await store.change(claimRun('run', 0, 60_000, 1));
    assert.equal(claim?.handed.steps[0]?.position, 1);
    await store.close();
  });

  it('keeps to the limit of unfinished runs when long plans are written at once, and sweeps what it refused', async () => {
    const store = new SqliteStore(openSqlite(newPath()), systemClock);
    const create = (id: string) => store.createRun({ ...RUN, id, maxTotal: 5000 }, LONG_PLAN, 1);
    const [, refused] = await Promise.allSettled([create('first'), create('second')]);
    assert.equal(refused.status === 'rejected' && refused.reason.code, 'too-many-runs');
    const steps = () => store.db.prepare('SELECT DISTINCT run_id FROM steps').raw().all().flat();
    assert.deepEqual(steps(), ['first', 'second']);
    while (await store.sweep(60_000, 10_000));
    assert.deepEqual(steps(), ['first']);
    await store.close();
  });

  it('says that it is unavailable when the disk is full, and keeps what it has', async () => {
    const { store } = await openStore(newPath(), systemClock, 1000);
    await store.createRun(RUN, STEPS, 10);
    const claim = await store.change(claimRun('run', 0, 60_000, 0));
    assert.ok(claim);
    await store.change(takeSteps(claim, 1));
    const { db } = store as SqliteStore;
    const [{ page_count: pages }] = db.pragma('page_count') as [{ page_count: number }];
    db.pragma(`max_page_count = ${pages}`);
    const outcome = { rows: [{ large: 'x'.repeat(200_000) }] };
    const recording = { status: 'done', outcome, items: [], stats: {} } as const;
    await assert.rejects(store.change(recordStep(claim, 1, recording, 'release')), { code: 'store-unavailable' });
    db.pragma('max_page_count = 1000000');
    assert.equal((await store.change(recordStep(claim, 1, recording, 'release')))?.run.status, 'done');
    await store.close();
  });

  it('is unavailable while another program has its lock, whatever is to be written, and works when that is over', async () => {
    const path = newPath();
    const { store, sessionStore } = await openStore(path, systemClock, 1000);
    await store.createRun(RUN, STEPS, 10);
    const claim = await store.change(claimRun('run', 0, 60_000, 0));
    assert.ok(claim && sessionStore instanceof SessionStore);
    const session = { cookie: {} } as never;
    const later = { cookie: { expires: new Date(Date.now() + 86_400_000) } } as never;
    const inSession = (ask: (done: (error?: unknown) => void) => void) =>
      new Promise<void>((resolve, reject) => ask((error) => (error ? reject(error) : resolve())));
    const writes: { readonly [name: string]: () => Promise<unknown> } = {
      claim: () => store.change(claimRun('run', 0, 60_000, 0)),
      renew: () => store.change(renewClaim(claim, 60_000)),
      release: () => store.change(releaseClaim({ runId: 'run', epoch: 0 })),
      take: () => store.change(takeSteps(claim, 1)),
      pause: () => store.change(pauseRun('run')),
      resume: () => store.change(resumeRun('run')),
      share: () => store.change(shareRun('run', 'token')),
      create: () => store.createRun({ ...RUN, id: 'second' }, STEPS, 10),
      turn: () => store.takeTurn('example.org', 1000),
      noteStart: () => store.noteStart('example.org'),
      park: () => store.pauseTurns('example.org', 1000),
      writeCache: () => store.writeCache('key', 'text', 1000),
      sweep: () => store.sweep(60_000, 10),
      ping: () => store.ping(),
      set: () => inSession((done) => sessionStore.set('id', session, done)),
      touch: () => inSession((done) => sessionStore.touch?.('id', later, done)),
      destroy: () => inSession((done) => sessionStore.destroy('id', done)),
    };
    await writes['set']?.();
    const { db } = store as SqliteStore;
    const [{ timeout }] = db.pragma('busy_timeout') as [{ timeout: number }];
    assert.ok(timeout < 1000, 'nobody is answered meanwhile');
    db.pragma('busy_timeout = 0');
    for (const [name, write] of Object.entries(writes)) {
      const other = new Database(path);
      other.exec('BEGIN IMMEDIATE');
      await assert.rejects(write(), { code: 'store-unavailable' }, name);
      other.exec('ROLLBACK');
      other.close();
      await store.ping();
    }
    for (const write of Object.values(writes)) await write();
    await store.close();
  });

  it('goes on with the runs of an older version', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'older.db');
    const older = new Database(path);
    older.exec(MIGRATIONS[0] ?? '');
    older.pragma('user_version = 1');
    older.exec(`INSERT INTO runs (id, visitor_id, job, version, status, seq, total, max_total, dropped_count, epoch,
      created_at, updated_at) VALUES ('run', 'visitor', 'job', 1, 'running', 1, 6, 10, 0, 1, 1000, 1000)`);
    const insert =
      older.prepare(`INSERT INTO steps (run_id, position, lane, line, item, status, attempts, taken_epoch, seq)
      VALUES ('run', :position, :lane, :line, '1', :status, :attempts, :taken_epoch, :seq)`);
    for (const step of OLDER_STEPS) insert.run({ ...step });
    older.exec(`INSERT INTO rows VALUES ('run', 1, 1, '{"n":1}'), ('run', 2, 1, '{"n":2}')`);
    older.exec(`INSERT INTO inputs VALUES ('run', '{"seconds":1}')`);
    older.close();
    const { store } = await openStore(path, systemClock, 1000);
    assert.deepEqual((await store.findRun('run'))?.input, { seconds: 1 });
    const claim = await store.change(claimRun('run', 1, 60_000, 0));
    assert.ok(claim);
    const handed = await store.change(takeSteps(claim, 9));
    assert.deepEqual(
      handed?.steps.map(({ position, attempts }) => [position, attempts]),
      OLDER_HEADS,
    );
    await store.close();
    const db = openSqlite(path);
    assert.deepEqual(
      db.prepare("SELECT rowid, data FROM rows WHERE run_id = 'run' ORDER BY number").all(),
      [1, 2].map((n) => ({ rowid: n, data: JSON.stringify({ n }) })),
      'records that may be long are in tables with rowids',
    );
    db.prepare('SELECT rowid FROM inputs').all();
    db.close();
  });

  it('finds every step through an index, however many steps and lanes there are', () => {
    const db = openSqlite(':memory:');
    const texts = Object.entries(prepareStatements({ prepare: (text: string) => text } as never)).map(
      ([name, text]) => [name, String(text)] as const,
    );
    const about = texts.filter(([, text]) => /\bsteps\b/.test(text));
    assert.ok(about.length >= 10);
    for (const [name, text] of about) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${text.replace(/\?\d*/g, '1')}`).all() as { detail: string }[];
      for (const { detail } of plan)
        assert.doesNotMatch(detail, /SCAN steps|TEMP B-TREE|PRIMARY KEY \(run_id=\?\)/, `${name}: ${detail}`);
    }
    db.close();
  });

  it('writes many rows of a step a few at a time: others come between, and see none before the step is recorded', async () => {
    const store = new SqliteStore(openSqlite(':memory:'), systemClock);
    await store.createRun(RUN, STEPS, 10);
    const record = async (rows: Row[], between = async () => {}) => {
      const { seq } = (await store.findRun('run')) ?? { seq: 0 };
      const claim = await store.change(claimRun('run', seq, 60_000, 1));
      assert.ok(claim);
      const outcome = { status: 'done', outcome: { rows }, items: [], stats: {} } as const;
      const recording = store.change(recordStep(claim, 1, outcome, 'release'));
      for (let turn = 0; turn < 3; turn += 1) {
        await setImmediate();
        assert.deepEqual(await store.listRows('run', 0, 10), []);
      }
      await between();
      return recording;
    };
    const before = Array.from({ length: 5000 }, (_, i) => ({ before: i }));
    const cancelled = await record(before, async () => {
      await store.change(failRun('run', 'step-failed'));
    });
    assert.equal(cancelled, null, 'the claim was lost on the way');
    await store.change(retryRun('run'));
    const rows = Array.from({ length: 3000 }, (_, i) => ({ number: i }));
    assert.equal((await record(rows))?.run.rowCount, 3000);
    const kept = await store.listRows('run', 0, 10_000);
    assert.deepEqual(
      kept.map(({ row }) => row),
      rows,
    );
    await store.close();
  });

  it('sweeps large rows a few at a time, and gives the disk back what they took', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    await largeRun(store);
    const size = () => statSync(path).size + statSync(`${path}-wal`).size;
    const full = size();
    await store.deleteRun('run');
    let bites = 0;
    while (await store.sweep(1e12, 500)) bites += 1;
    assert.ok(bites >= 10, `${bites} bites`);
    assert.deepEqual(await store.listRows('run', 0, 10), []);
    assert.ok(full > 5_000_000, `${full} bytes`);
    // While the log is being written into the file by another thread, it is left to the next sweep.
    await until('the disk has it back', async () => !(await store.sweep(1e12, 500)) && size() < 2_000_000);
    await store.close();
  });

  it('writes its log into the file behind those who commit, and is whole when it is closed meanwhile', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    (store as SqliteStore).db.pragma('wal_autocheckpoint = 0');
    const commit = async (name: string) => {
      for (let i = 0; i < 500; i += 1) await store.noteStart(`${name} ${i}`);
    };
    await commit('first');
    while (!readFileSync(path).includes('first 1')) await setImmediate();
    await commit('last');
    await store.close();
    const db = new Database(path);
    assert.deepEqual(db.prepare('SELECT count(*) AS count FROM rate_limits').raw().get(), [1000]);
    db.close();
  });

  it('empties its log after a sweep, once nothing else is at it', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    await store.noteStart('key');
    const reader = new Database(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM runs').get();
    const sweep = async () => {
      while (await store.sweep(60_000, 100));
      return statSync(`${path}-wal`).size;
    };
    assert.ok((await sweep()) > 0, 'whoever reads needs it');
    reader.exec('COMMIT');
    assert.equal(await sweep(), 0);
    reader.close();
    await store.close();
  });

  it('lists a few megabytes at a time', async () => {
    const store = new SqliteStore(openSqlite(':memory:'), systemClock);
    await listsGoByBytes(store);
    await store.close();
  });

  it('makes a file that could not shrink one that can', async () => {
    const path = newPath();
    mkdirSync(dirname(path));
    const older = new Database(path);
    older.pragma('journal_mode = WAL');
    older.exec('CREATE TABLE anything (a)');
    older.close();
    const { store } = await openStore(path, systemClock, 1000);
    assert.deepEqual((store as SqliteStore).db.pragma('auto_vacuum'), [{ auto_vacuum: 2 }]);
    await store.close();
  });

  it('refuses a database that a newer version wrote, and says so again when it is asked again', async () => {
    const path = newPath();
    const { store } = await openStore(path, systemClock, 1000);
    (store as SqliteStore).db.pragma('user_version = 999');
    await store.close();
    await assert.rejects(openStore(path, systemClock, 1000), /newer Tobiishi/);
    await assert.rejects(openStore(path, systemClock, 1000), /newer Tobiishi/);
  });
});
