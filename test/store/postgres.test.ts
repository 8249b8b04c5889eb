import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Request } from 'express';
import { Store as SessionStore } from 'express-session';
import pg from 'pg';
import { pino } from 'pino';
import type { Recorded, Recording, Then } from '../../src/core/claim.js';
import { systemClock } from '../../src/core/clock.js';
import { TobiishiError } from '../../src/core/errors.js';
import { claimRun, pauseRun, recordStep, resumeRun, takeSteps } from '../../src/core/run-changes.js';
import { Limits } from '../../src/http/limits.js';
import { tobiishi } from '../../src/index.js';
import { PostgresAbuseLog } from '../../src/store/postgres/abuse-log.js';
import { PostgresApiTokens } from '../../src/store/postgres/api-tokens.js';
import { PostgresBlocks } from '../../src/store/postgres/blocks.js';
import { Database } from '../../src/store/postgres/database.js';
import { PostgresFiles } from '../../src/store/postgres/files.js';
import { migrate } from '../../src/store/postgres/migrate.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { PostgresSchedules } from '../../src/store/postgres/schedules.js';
import { MIGRATIONS } from '../../src/store/postgres/schema.js';
import { findRun, sql } from '../../src/store/postgres/statements.js';
import { PostgresStore } from '../../src/store/postgres/store.js';
import { PostgresUploads } from '../../src/store/postgres/uploads.js';
import { PostgresWatches } from '../../src/store/postgres/watches.js';
import { PostgresWebhooks } from '../../src/store/postgres/webhooks.js';
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
import { PostgresServer } from '../fixtures/postgres.js';

const LEASE_MS = 15_000;
const RUN = { id: 'run', visitorId: 'visitor', network: null, job: 'job', version: 1, input: {}, maxTotal: 10_000 };
const STEPS = [1, 2, 3].map((item) => ({ item, key: null, lane: '' }));
const DONE: Recording = { status: 'done', outcome: {}, items: [], stats: {} };
const isUnavailable = (error: unknown) => error instanceof TobiishiError && error.code === 'store-unavailable';

let server: PostgresServer;
before(async () => {
  server = await PostgresServer.start();
});
after(async () => {
  await hostPool?.end();
  await server.close();
});

const TABLES = [
  ...['api_tokens', 'runs', 'inputs', 'steps', 'rows', 'errors', 'rate_limits', 'cache', 'trash', 'sessions'],
  ...['files', 'file_pieces', 'schedules', 'blocks', 'abuse_log', 'abuse_hosts'],
  ...['watches', 'watch_runs', 'seen_rows', 'webhooks', 'webhook_deliveries', 'uploads', 'run_uploads'],
];
let contractUrl: string | null = null;
let hostPool: pg.Pool | null = null;

/** Of a few records, row by row is far less work than `TRUNCATE`, which makes each table and index anew. */
const emptied = (database: Database) =>
  database.query(`WITH ${TABLES.map((table) => `${table} AS (DELETE FROM tobiishi.${table})`).join(', ')} SELECT`);

async function emptyDatabase(): Promise<Database> {
  contractUrl ??= await server.createDatabase();
  const database = new Database(contractUrl);
  await migrate(database);
  await emptied(database);
  return database;
}

const openEmpty = async (clock: FrozenClock) => new PostgresStore(await emptyDatabase(), clock);

storeContract('PostgreSQL', openEmpty);
operatorContract('PostgreSQL', async (clock) => {
  const database = await emptyDatabase();
  const blocks = new PostgresBlocks(database, clock);
  return { store: database, blocks, abuseLog: new PostgresAbuseLog(database, clock) };
});
storeContract("PostgreSQL, by a pool of somebody else's", async (clock) => {
  hostPool ??= new pg.Pool({ connectionString: await server.createDatabase() });
  const database = new Database(hostPool);
  await migrate(database);
  await emptied(database);
  return new PostgresStore(database, clock);
});
storeModel('PostgreSQL', openEmpty, 60);
scheduleContract('PostgreSQL', async (clock) => new PostgresSchedules(await emptyDatabase(), clock));
fileContract('PostgreSQL', async () => {
  const database = await emptyDatabase();
  return { store: new PostgresStore(database), files: new PostgresFiles(database) };
});
uploadContract('PostgreSQL', async (clock) => {
  const database = await emptyDatabase();
  return { store: new PostgresStore(database, clock), uploads: new PostgresUploads(database, clock) };
});
watchContract('PostgreSQL', async (clock) => new PostgresWatches(await emptyDatabase(), clock));
webhookContract('PostgreSQL', async (clock) => {
  const database = await emptyDatabase();
  return { store: new PostgresStore(database, clock), webhooks: new PostgresWebhooks(database, clock) };
});
apiTokenContract('PostgreSQL', async (clock) => new PostgresApiTokens(await emptyDatabase(), clock));

describe('PostgreSQL', () => {
  const open = async (url: string) => openPostgres(url, systemClock, 60_000, () => {});

  it('is made by several processes that start at once', async () => {
    const url = await server.createDatabase();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const secrets = await Promise.all(opened.map(({ keptSecret }) => keptSecret?.()));
    assert.equal(new Set(secrets).size, 1);
    await Promise.all(opened.map(({ store }) => store.close()));
  });

  it('leaves a pool of an app as it is, and open', async () => {
    const pool = new pg.Pool({ connectionString: await server.createDatabase(), max: 1 });
    const jobs = await tobiishi({ jobs: [], database: pool, logger: pino({ level: 'silent' }) });
    await jobs.close();
    const { rows } = await pool.query(
      "SELECT current_setting('enable_seqscan') AS seqscan, count(*) AS count FROM tobiishi.runs",
    );
    assert.deepEqual(rows, [{ seqscan: 'on', count: '0' }]);
    await pool.end();
  });

  it('is refused when a newer version wrote it', async () => {
    const url = await server.createDatabase();
    await (await open(url)).store.close();
    const client = new pg.Client(url);
    await client.connect();
    await client.query('INSERT INTO tobiishi.migrations VALUES (999)');
    await client.end();
    await assert.rejects(open(url), /newer Tobiishi/);
  });

  it('that does not exist is refused at once, and the password not told', async () => {
    const url = server.url('absent').replace('postgres@', 'postgres:very-secret@');
    const refused = (error: unknown) => isUnavailable(error) && !/secret/.test(String((error as Error).stack));
    await assert.rejects(open(url), refused);
  });

  it('grants a claim and a turn to one of many, from several processes', async () => {
    const url = await server.createDatabase();
    const stores = (await Promise.all([open(url), open(url)])).map(({ store }) => store);
    await stores[0]?.createRun(RUN, STEPS, 10);
    const many = Array.from({ length: 10 }, () => stores).flat();
    const claims = await Promise.all(many.map((store) => store.change(claimRun('run', 0, LEASE_MS, 0))));
    assert.equal(claims.filter((claim) => claim !== null).length, 1);
    const turns = await Promise.all(many.map((store) => store.takeTurn('example.org', 60_000)));
    assert.equal(turns.filter(({ granted }) => granted).length, 1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('starts no run past the limit, however many are started at once', async () => {
    const { store } = await open(await server.createDatabase());
    const started = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => store.createRun({ ...RUN, id: `run-${i}` }, STEPS, 3)),
    );
    assert.equal(started.filter(({ status }) => status === 'fulfilled').length, 3);
    await store.close();
  });

  it('counts what visitors ask of several processes together, and forgets it', async () => {
    const url = await server.createDatabase();
    const stores = [
      await openPostgres(url, systemClock, 1000, () => {}),
      await openPostgres(url, systemClock, 1000, () => {}),
    ];
    const few = { visitor: 3, network: 3 };
    const rates = { starts: few, previews: few, proposals: few, probes: few, uploads: few, shared: few };
    const limits = stores.map(({ rateClient }) => new Limits({ rates, downloadsAtOnce: few, rateClient }));
    const req = { ip: '192.0.2.1', tobiishiSession: { hostVisitor: null, contents: {} } } as unknown as Request;
    for (let i = 0; i < 3; i += 1) await limits[i % 2]?.take(req, 'starts');
    for (const each of limits) await assert.rejects(each.take(req, 'starts'), { code: 'too-many-requests' });
    const database = new Database(url);
    await database.query('UPDATE tobiishi.rates SET expire = 1');
    await stores[0]?.store.sweep(1000, 10);
    await limits[0]?.take(req, 'starts');
    await Promise.all([database, ...stores.map(({ store }) => store)].map((each) => each.close()));
  });

  it('sweeps runs with large rows, items and inputs to the last of them', async () => {
    const url = await server.createDatabase();
    const { store } = await open(url);
    const database = new Database(url);
    const large = 'x'.repeat(4_000_000);
    await store.createRun({ ...RUN, input: { large } }, [...STEPS, { item: large, key: null, lane: '' }], 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 1));
    assert.ok(claim);
    const outcome = { rows: Array.from({ length: 7 }, () => ({ large })) };
    await store.change(recordStep(claim, 1, { status: 'done', outcome, items: [], stats: {} }, 'release'));
    await store.deleteRun('run');
    let bites = 0;
    while (await store.sweep(1e12, 500)) bites += 1;
    assert.ok(bites >= 3, `${bites} bites`);
    for (const table of ['rows', 'steps', 'inputs', 'trash']) {
      const { rows } = await database.query(`SELECT FROM tobiishi.${table}`);
      assert.equal(rows.length, 0, table);
    }
    await Promise.all([store.close(), database.close()]);
  });

  it('lists a few megabytes at a time', async () => {
    const { store } = await open(await server.createDatabase());
    await listsGoByBytes(store);
    await store.close();
  });

  it('loses no step and no word of the visitor when both write at once', async () => {
    const url = await server.createDatabase();
    const [holder, visitor] = (await Promise.all([open(url), open(url)])).map(({ store }) => store);
    assert.ok(holder && visitor);
    const steps = Array.from({ length: 50 }, (_, item) => ({ item, key: null, lane: '' }));
    await holder.createRun(RUN, steps, 10);
    const claim = await holder.change(claimRun('run', 0, LEASE_MS, 0));
    assert.ok(claim);
    let over = false;
    let paused = () => {};
    const firstPause = new Promise<void>((resolve) => {
      paused = resolve;
    });
    const pressing = (async () => {
      while (!over) {
        if ((await visitor.change(pauseRun('run'))) !== null) paused();
        await visitor.change(resumeRun('run'));
      }
    })();
    // From here on both write at once, however late the other's connection was.
    await firstPause;
    let seq = 0;
    for (let handed = await holder.change(takeSteps(claim, 1)); seq < 50; ) {
      const [step] = handed?.steps ?? [];
      if (step === undefined) handed = await holder.change(takeSteps(claim, 1));
      else {
        const recorded: Recorded | null = await holder.change(recordStep(claim, step.position, DONE, { take: 1 }));
        seq += 1;
        assert.equal(recorded?.run.seq, seq);
        handed = recorded.handed;
      }
    }
    over = true;
    await pressing;
    const run = await holder.findRun('run');
    assert.equal(run?.status, 'done');
    assert.equal(run?.seq, 50);
    await Promise.all([holder.close(), visitor.close()]);
  });

  const connected = async (url: string) => {
    const client = new pg.Client(url);
    await client.connect();
    return client;
  };

  it('goes on with the runs of an older version', async () => {
    const url = await server.createDatabase();
    const older = await connected(url);
    await older.query(`CREATE SCHEMA tobiishi; CREATE TABLE tobiishi.migrations (version integer PRIMARY KEY);
      INSERT INTO tobiishi.migrations VALUES (1); ${MIGRATIONS[0]};
      INSERT INTO tobiishi.inputs VALUES ('run', '{}');
      INSERT INTO tobiishi.runs (id, visitor_id, job, version, status, seq, total, max_total, dropped_count, epoch,
        created_at, updated_at) VALUES ('run', 'visitor', 'job', 1, 'running', 1, 6, 10, 0, 1, 1000, 1000)`);
    for (const { position, lane, line, status, attempts, taken_epoch, seq } of OLDER_STEPS) {
      await older.query(
        `INSERT INTO tobiishi.steps (run_id, item, position, lane, line, status, attempts, taken_epoch, seq)
        VALUES ('run', '1', $1, $2, $3, $4, $5, $6, $7)`,
        [position, lane, line, status, attempts, taken_epoch, seq],
      );
    }
    await older.end();
    const { store } = await open(url);
    const claim = await store.change(claimRun('run', 1, LEASE_MS, 0));
    assert.ok(claim);
    const handed = await store.change(takeSteps(claim, 9));
    assert.deepEqual(
      handed?.steps.map(({ position, attempts }) => [position, attempts]),
      OLDER_HEADS,
    );
    assert.deepEqual(await store.change(takeSteps(claim, 9)), { steps: [], waitMs: null }, 'all lanes are at work');
    await store.close();
  });

  it('is left to a newer version that took over', async () => {
    const url = await server.createDatabase();
    const { store } = await open(url);
    await store.createRun(RUN, STEPS, 10);
    const newer = await connected(url);
    await newer.query('INSERT INTO tobiishi.migrations VALUES (999)');
    await newer.end();
    await assert.rejects(store.change(claimRun('run', 0, LEASE_MS, 0)), { code: 'newer-version' });
    await assert.rejects(store.ping(), { code: 'newer-version' });
    await store.close();
  });

  it('reads no more of a long run, or of one with many lanes, than of a short one', async () => {
    const database = new Database(await server.createDatabase());
    await migrate(database);
    const store = new PostgresStore(database);
    const record = async (id: string, planned: number, lanes: number, recorded: number) => {
      const steps = Array.from({ length: planned }, (_, item) => ({ item, key: `${item}`, lane: `${item % lanes}` }));
      await store.createRun({ ...RUN, id, maxTotal: planned + recorded }, steps, 10);
      const claim = await store.change(claimRun(id, 0, LEASE_MS, 0));
      assert.ok(claim);
      let handed = (await store.change(takeSteps(claim, 1)))?.steps[0];
      for (let i = 0; i < recorded && handed !== undefined; i += 1) {
        const items = [{ item: i, key: `more ${i}`, lane: '0' }];
        const done = { ...DONE, outcome: { rows: [{ i }] }, items };
        handed = (await store.change(recordStep(claim, handed.position, done, { take: 1 })))?.handed.steps[0];
      }
    };
    const read = async () => {
      await database.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await database.query(
        `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS count
        FROM pg_stat_user_tables WHERE schemaname = 'tobiishi'`,
      );
      return Number(rows[0]?.['count']);
    };
    // Plans are made while the tables are small, and kept.
    await record('short', 1, 1, 100);
    for (const lanes of [1, 5000]) {
      const before = await read();
      await record(`long, ${lanes} lanes`, 10_000, lanes, 100);
      const perStep = ((await read()) - before) / 100;
      assert.ok(perStep > 1 && perStep < 20, `${perStep} records read for each step of ${lanes} lanes`);
    }
    await store.close();
  });

  it('is asked behind a pooler that puts another connection behind ours', async () => {
    const url = await server.createDatabase();
    const other = sql('find-run', 'SELECT 1').name;
    assert.notEqual(other, findRun.name, 'of another version');
    for (const prepared of ['DEALLOCATE ALL', `PREPARE "${findRun.name}" AS SELECT 1`]) {
      const database = new Database(url);
      await migrate(database);
      const store = new PostgresStore(database);
      if (prepared === 'DEALLOCATE ALL') await store.findRun('run');
      await database.query(prepared);
      assert.equal(await store.findRun('run'), null, prepared);
      await store.close();
    }
  });

  it('is sent the items of a large plan in parts', async () => {
    const database = await emptyDatabase();
    const store = new PostgresStore(database);
    const sent: number[] = [];
    const { transaction } = database;
    database.transaction = (work) =>
      transaction.call(database, (query) =>
        work((statement, values = []) => {
          if (typeof statement !== 'string' && statement.text.includes('tobiishi.steps'))
            sent.push(String(values[0]).length);
          return query(statement, values);
        }),
      ) as ReturnType<typeof work>;
    const steps = Array.from({ length: 40 }, () => ({ item: 'x'.repeat(100_000), key: null, lane: '' }));
    assert.equal((await store.createRun(RUN, steps, 10)).total, 40);
    assert.ok(sent.length >= 4 && Math.max(...sent) < 1_200_000, `${sent}`);
    const { rows } = await database.query('SELECT position FROM tobiishi.steps ORDER BY position');
    assert.deepEqual(
      rows.map(({ position }) => position),
      steps.map((_, i) => i + 1),
    );
    await store.close();
  });

  it('is asked once for a quick step of a run that nobody else changes', async () => {
    const database = new Database(await server.createDatabase());
    await migrate(database);
    const store = new PostgresStore(database);
    await store.createRun(RUN, STEPS, 10);
    const asked: string[] = [];
    const { query } = database;
    database.query = (statement, values) => {
      asked.push(typeof statement === 'string' ? statement : statement.name.replace(/ .*/, ''));
      return query.call(database, statement, values);
    };
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 1));
    assert.ok(claim);
    let [step] = claim.handed.steps;
    while (step !== undefined) {
      const { position } = step;
      const items = position < 5 ? [{ item: position, key: null, lane: '' }] : [];
      const recorded = await store.change(recordStep(claim, position, { ...DONE, items }, { take: 1 }));
      [step] = recorded?.handed.steps ?? [];
    }
    const run = await store.findRun('run');
    assert.deepEqual([run?.status, run?.seq, run?.total], ['done', 7, 7]);
    assert.deepEqual(asked, ['load', ...Array.from({ length: 8 }, () => 'save'), 'find-run']);
    await store.close();
  });

  it('keeps the index of waiting steps small while quick steps follow each other', async () => {
    const database = new Database(await server.createDatabase());
    await migrate(database);
    const store = new PostgresStore(database);
    await store.createRun(RUN, STEPS.slice(0, 1), 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 1));
    assert.ok(claim);
    for (let position = 1; position <= 1500; position += 1) {
      const items = [{ item: position, key: null, lane: '' }];
      assert.ok(await store.change(recordStep(claim, position, { ...DONE, items }, { take: 1 })));
    }
    const size = "SELECT pg_relation_size('tobiishi.steps_heads') / current_setting('block_size')::int AS pages";
    const pages = Number((await database.query(size)).rows[0]?.['pages']);
    // One entry for each step recorded, none ever dropped, would make 11 of them.
    assert.ok(pages <= 5, `${pages} pages`);
    await store.close();
  });

  it('waits for the disk but after quick steps of a slice that goes on, and ten times a second then, too', async () => {
    const clock = new FrozenClock();
    const database = new Database(await server.createDatabase());
    await migrate(database);
    await database.query(`
      CREATE TABLE commits (waits text);
      CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO public.commits VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER commits AFTER UPDATE ON tobiishi.runs DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION note_commit();`);
    const store = new PostgresStore(database, clock);
    const steps = Array.from({ length: 20 }, (_, item) => ({ item, key: null, lane: '' }));
    await store.createRun(RUN, steps, 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 1));
    assert.ok(claim);
    const record = async (position: number, tookMs: number, then: Then = { take: 1 }) => {
      await clock.advance(tookMs);
      assert.ok(await store.change(recordStep(claim, position, DONE, then)));
    };
    await record(1, 9);
    await record(2, 10);
    for (let position = 3; position <= 15; position += 1) await record(position, 9);
    await record(16, 0, 'release');
    const { rows } = await database.query('SELECT waits FROM commits');
    const quick = (count: number) => Array.from({ length: count }, () => 'off');
    assert.deepEqual(
      rows.map(({ waits }) => waits),
      ['on', 'off', 'on', ...quick(11), 'on', 'off', 'on'],
    );
    await store.close();
  });

  it('is unavailable for whatever it answers that no data of a step can cause', async () => {
    const database = new Database(await server.createDatabase());
    await migrate(database);
    const store = new PostgresStore(database);
    await store.createRun(RUN, STEPS, 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 0));
    assert.ok(claim);
    await store.change(takeSteps(claim, 1));
    await database.query('CREATE SEQUENCE tries');
    const recordWhile = async (code: string) => {
      await database.query(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'; END $$`);
      await database.query(
        'CREATE OR REPLACE TRIGGER refuse BEFORE UPDATE ON tobiishi.steps EXECUTE FUNCTION refuse()',
      );
      return store.change(recordStep(claim, 1, DONE, 'release'));
    };
    for (const code of ['XX000', '55006', '42501', '0A000', '53100'])
      await assert.rejects(recordWhile(code), isUnavailable, code);
    for (const code of ['22021', '54000']) await assert.rejects(recordWhile(code), { code }, code);
    const tries = async () => Number((await database.query('SELECT last_value FROM tries')).rows[0]?.['last_value']);
    const before = await tries();
    await assert.rejects(recordWhile('40001'), isUnavailable);
    assert.equal((await tries()) - before, 6, 'a conflict is tried again');
    await database.query('DROP TRIGGER refuse ON tobiishi.steps');
    assert.equal((await store.change(recordStep(claim, 1, DONE, 'release')))?.run.seq, 1);
    await store.close();
  });

  it('has the step to blame for a character that its encoding lacks, and for rows of no sane size', async () => {
    const { store } = await open(await server.createDatabase("ENCODING 'LATIN1' TEMPLATE template0"));
    await store.createRun(RUN, STEPS, 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 0));
    assert.ok(claim);
    await store.change(takeSteps(claim, 1));
    const record = (text: string) =>
      store.change(recordStep(claim, 1, { ...DONE, outcome: { rows: [{ text }] } }, 'release'));
    await assert.rejects(record('飛び石'), { code: '22P05' });
    await assert.rejects(record('x'.repeat(40_000_000)), RangeError);
    assert.equal((await record('tobi-ishi'))?.run.seq, 1);
    await store.close();
  });

  it('keeps sessions', async () => {
    const { store, sessionStore } = await open(await server.createDatabase());
    assert.ok(sessionStore instanceof SessionStore);
    const session = { cookie: { originalMaxAge: null }, word: '日本\0' } as never;
    await new Promise<void>((resolve, reject) => sessionStore.set('id', session, (e) => (e ? reject(e) : resolve())));
    const get = () =>
      new Promise((resolve, reject) => sessionStore.get('id', (e, kept) => (e ? reject(e) : resolve(kept))));
    assert.deepEqual(await get(), session);
    await new Promise<void>((resolve) => sessionStore.touch?.('id', session, () => resolve()));
    await new Promise<void>((resolve) => sessionStore.destroy('id', () => resolve()));
    assert.equal(await get(), undefined);
    await store.close();
  });
});

describe('PostgreSQL that is restarted', () => {
  let own: PostgresServer;
  before(async () => {
    own = await PostgresServer.start();
  });
  after(() => own.close());

  it('is unavailable, then back, with nothing lost', async () => {
    const { store, sessionStore } = await openPostgres(await own.createDatabase(), systemClock, 60_000, () => {});
    assert.ok(sessionStore instanceof SessionStore);
    await store.createRun(RUN, STEPS, 10);
    const claim = await store.change(claimRun('run', 0, LEASE_MS, 0));
    assert.ok(claim);
    await store.change(takeSteps(claim, 1));
    await store.change(recordStep(claim, 1, DONE, { take: 1 }));
    for (const end of ['stop', 'kill'] as const) {
      await own[end]();
      await assert.rejects(store.ping(), isUnavailable);
      await assert.rejects(store.change(recordStep(claim, 2, DONE, { take: 0 })), isUnavailable);
      await assert.rejects(store.takeTurn('example.org', 1000), isUnavailable);
      assert.ok(isUnavailable(await new Promise((resolve) => sessionStore.get('id', resolve))));
      await own.start();
      await store.ping();
      assert.equal((await store.findRun('run'))?.seq, 1);
    }
    assert.equal((await store.change(recordStep(claim, 2, DONE, { take: 1 })))?.run.seq, 2);
    await store.close();
  });

  it('ends a transaction that is under way', async () => {
    const database = new Database(await own.createDatabase());
    const cut = database.transaction(async (query) => {
      await query('SELECT 1');
      await own.stop();
      await query('SELECT 2');
    });
    await assert.rejects(cut, isUnavailable);
    await own.start();
    await database.query('SELECT 1');
    await database.close();
  });

  it('is waited for at the start', async () => {
    const url = await own.createDatabase();
    await own.stop();
    const said: string[] = [];
    const opening = openPostgres(url, systemClock, 60_000, (message) => said.push(message));
    await until('it says that it waits', () => said.length > 0);
    await own.start();
    await (await opening).store.close();
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /PostgreSQL is unavailable.*trying again/);
  });
});
