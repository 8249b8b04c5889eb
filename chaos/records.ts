/**
 * What is in the store, read without the code that wrote it.
 */
import { inflateRawSync } from 'node:zlib';
import Database from 'libsql';
import pg from 'pg';
import { SecretBox } from '../src/core/secrets.js';
import { MIGRATIONS } from '../src/store/sqlite/schema.js';

export interface StoredRun {
  readonly id: string;
  readonly job: string;
  readonly status: string;
  readonly seq: number;
  readonly total: number;
  readonly rowCount: number;
  readonly leased: boolean;
  readonly input: unknown;
  /** By position. */
  readonly steps: readonly StoredStep[];
  /** By number. */
  readonly rows: readonly StoredRow[];
}

export interface StoredStep {
  readonly position: number;
  readonly lane: string;
  readonly status: string;
  readonly seq: number | null;
  readonly item: unknown;
}

export interface StoredRow {
  readonly number: number;
  readonly seq: number;
  readonly data: unknown;
}

type Table = Record<string, unknown>[];
type Query = (sql: string) => Promise<Table>;

export async function readSqlite(path: string): Promise<StoredRun[]> {
  const db = new Database(path);
  try {
    return await read(async (sql) => db.prepare(sql).all() as Table, '');
  } finally {
    db.close();
  }
}

/** Seals the sessions that browsers carry. */
export const SESSION_SECRET = 'not-a-secret-only-long-enough';

/** What browsers carried: each table's rows of a run, as arrays of values in the order of the columns. */
export async function readCarried(cookies: readonly string[]): Promise<StoredRun[]> {
  const db = new Database(':memory:');
  for (const migration of MIGRATIONS) db.exec(migration);
  for (const cookie of cookies) {
    const carried = carriedIn(cookie);
    if (carried === null) continue;
    const snapshot = JSON.parse(inflateRawSync(Buffer.from(carried, 'base64url')).toString());
    for (const table of ['runs', 'inputs', 'steps', 'rows']) {
      for (const values of snapshot[table] as unknown[][]) {
        db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
      }
    }
  }
  try {
    return await read(async (sql) => db.prepare(sql).all() as Table, '');
  } finally {
    db.close();
  }
}

/** Null for a browser without a run, or without a cookie. */
function carriedIn(cookie: string): string | null {
  const session = new SecretBox([SESSION_SECRET], 'tobiishi session cookie').open(cookie);
  return session === null ? null : ((JSON.parse(session) as { carried?: string }).carried ?? null);
}

export async function readPostgres(url: string): Promise<StoredRun[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await read(async (sql) => (await client.query(sql)).rows, 'tobiishi.');
  } finally {
    await client.end();
  }
}

async function read(query: Query, schema: string): Promise<StoredRun[]> {
  const runs = await query(`SELECT * FROM ${schema}runs JOIN ${schema}inputs ON run_id = id ORDER BY created_at, id`);
  const steps = byRun(await query(`SELECT * FROM ${schema}steps ORDER BY run_id, position`));
  const rows = byRun(await query(`SELECT * FROM ${schema}rows ORDER BY run_id, number`));
  return runs.map((run) => {
    const id = String(run['id']);
    return {
      id,
      job: String(run['job']),
      status: String(run['status']),
      seq: Number(run['seq']),
      total: Number(run['total']),
      rowCount: Number(run['row_count']),
      leased: run['lease_until'] !== null,
      input: JSON.parse(String(run['input'])),
      steps: (steps.get(id) ?? []).map((step) => ({
        position: Number(step['position']),
        lane: String(step['lane']),
        status: String(step['status']),
        seq: step['seq'] === null ? null : Number(step['seq']),
        item: JSON.parse(String(step['item'])),
      })),
      rows: (rows.get(id) ?? []).map((row) => ({
        number: Number(row['number']),
        seq: Number(row['seq']),
        data: JSON.parse(String(row['data'])),
      })),
    };
  });
}

function byRun(table: Table): Map<string, Table> {
  const groups = new Map<string, Table>();
  for (const record of table) {
    const id = String(record['run_id']);
    const group = groups.get(id);
    if (group) group.push(record);
    else groups.set(id, [record]);
  }
  return groups;
}
