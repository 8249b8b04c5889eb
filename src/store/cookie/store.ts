import { deflateRawSync, inflateRawSync } from 'node:zlib';
import Database from 'libsql';
import type { Clock } from '../../core/clock.js';
import type { RunChange } from '../../core/decision.js';
import { TobiishiError } from '../../core/errors.js';
import type { NewRun, Run } from '../../core/run.js';
import { failRun } from '../../core/run-changes.js';
import type { NewStep } from '../../core/step.js';
import type { DatabaseRecord } from '../columns.js';
import { migrate, openSqlite, type SqliteDatabase } from '../sqlite/database.js';
import { MIGRATIONS } from '../sqlite/schema.js';
import { SqliteStore } from '../sqlite/store.js';

/**
 * What a run may take in the cookie, in characters: with the session beside it and base64 around both, about 2,800
 * bytes. Browsers would keep 4096, but nginx by default answers 502 when all headers of an answer together exceed that.
 */
const MAX_CARRIED = 1700;
/** What steps may fill of it. The rest is for what comes beside them: a failure's text, a change of status. */
const MAX_GROWN = 1200;

/** A run's whole record: each table's rows that belong to it, as arrays of values in the order of the columns. */
type Snapshot = { readonly [table in (typeof TABLES)[number]]: readonly unknown[][] } & { readonly schema: number };

const TABLES = ['runs', 'inputs', 'steps', 'rows'] as const;

/**
 * Runs that the visitor's browser carries from request to request, in a sealed cookie, one at a time. Between the
 * requests of a run they also live in this process's memory, where steps are executed; what is newer counts, so that
 * a restart, or another process, goes on from what the browser brings.
 */
export class CookieStore extends SqliteStore {
  /** Runs that came with a browser and were not at work here since; whether a step was when they left. */
  readonly #strangers = new Map<string, { readonly atWork: boolean }>();

  constructor(clock: Clock) {
    super(openSqlite(':memory:'), clock);
  }

  /** Also throws `too-large-for-cookie`. A browser carries one run, so that only one may be unfinished. */
  override async createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    const created = await super.createRun(run, steps, Math.min(maxUnfinished, 1));
    if (this.#pack(run.id).length <= MAX_GROWN) return created;
    await this.deleteRun(run.id);
    throw new TobiishiError('too-large-for-cookie', `run ${run.id} does not fit into a cookie`);
  }

  /** A step whose outcome no longer fits is not recorded: the run is `failed` with what it has. */
  override async change<T>(change: RunChange<T>): Promise<T | null> {
    const { name, runId, epoch } = change;
    if (name === 'claim') this.#strangers.delete(runId);
    const before = name === 'record' ? snapshotOf(this.db, runId) : null;
    const answer = await super.change(change);
    if (before === null || answer === null || this.#pack(runId).length <= MAX_GROWN) return answer;
    this.#restore(runId, before, epoch ?? 0);
    await super.change(failRun(runId, 'outgrown'));
    return null;
  }

  /** For a run that another process had and this one has not had at work yet; null for every other. */
  stranger(runId: string): { readonly atWork: boolean } | null {
    return this.#strangers.get(runId) ?? null;
  }

  /** The visitor's newest run, to be carried; null when there is none, undefined when it does not fit. */
  async dump(visitorId: string): Promise<string | null | undefined> {
    const [newest] = await this.listRuns(visitorId, 1);
    if (newest === undefined) return null;
    const text = this.#pack(newest.id);
    return text.length <= MAX_CARRIED ? text : undefined;
  }

  /** Takes back a run that `dump` gave out, unless a newer state of it is here. */
  async load(text: string): Promise<void> {
    const carried: Snapshot = JSON.parse(inflateRawSync(Buffer.from(text, 'base64url')).toString());
    // A newer version's columns are not known here.
    if (carried.schema > MIGRATIONS.length) return;
    const snapshot = migrated(carried);
    const [run] = this.#records(snapshot, 'runs');
    const [id, seq, updatedAt] = [String(run?.['id']), Number(run?.['seq']), Number(run?.['updated_at'])];
    const here = await this.findRun(id);
    const newer = here === null || seq > here.seq || (seq === here.seq && updatedAt > here.updatedAt);
    if (!newer) return;
    // Not from the browser: an old cookie would share again what its owner has taken back.
    this.#restore(id, this.#sharedAs(snapshot, here?.shareToken ?? null), here?.epoch ?? 0);
    if (here !== null || run?.['status'] !== 'running') return;
    const isTaken = (step: DatabaseRecord) => step['seq'] === null && step['taken_epoch'] === run['epoch'];
    const atWork = run['lease_until'] !== null && this.#records(snapshot, 'steps').some(isTaken);
    this.#strangers.set(id, { atWork });
  }

  #pack(id: string): string {
    return deflateRawSync(JSON.stringify(this.#sharedAs(snapshotOf(this.db, id), null)), { level: 9 }).toString(
      'base64url',
    );
  }

  /**
   * Puts a run back as it was, with no claim on it: whoever held one is in another process or gone, and one of this
   * process, up to `epoch`, is void.
   */
  #restore(id: string, snapshot: Snapshot, epoch: number): void {
    this.forget(id);
    this.transaction(() => {
      for (const table of TABLES) this.db.prepare(`DELETE FROM ${table} WHERE ${keyOf(table)} = ?`).run(id);
      insert(this.db, snapshot);
      this.db.prepare('UPDATE runs SET lease_until = NULL, epoch = max(epoch, ?) + 1 WHERE id = ?').run(epoch, id);
    });
  }

  /** The snapshot of a run that is shared by this token. */
  #sharedAs(snapshot: Snapshot, shareToken: string | null): Snapshot {
    const at = this.#columns('runs').indexOf('share_token');
    return { ...snapshot, runs: snapshot.runs.map((values) => values.with(at, shareToken)) };
  }

  #columns(table: (typeof TABLES)[number]): string[] {
    const all = this.db.prepare(`SELECT * FROM ${table}`).columns();
    return all.map(({ name }) => name);
  }

  #records(snapshot: Snapshot, table: (typeof TABLES)[number]): DatabaseRecord[] {
    const names = this.#columns(table);
    return snapshot[table].map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])));
  }
}

/** The snapshot as the present schema has it. */
function migrated(snapshot: Snapshot): Snapshot {
  if (snapshot.schema === MIGRATIONS.length) return snapshot;
  const db = new Database(':memory:');
  try {
    migrate(db, snapshot.schema);
    insert(db, snapshot);
    migrate(db);
    return snapshotOf(db, String((db.prepare('SELECT id FROM runs').get() as DatabaseRecord)['id']));
  } finally {
    db.close();
  }
}

function snapshotOf(db: SqliteDatabase, id: string): Snapshot {
  const of = (table: string) =>
    db
      .prepare(`SELECT * FROM ${table} WHERE ${keyOf(table)} = ?`)
      .raw()
      .all(id) as unknown[][];
  const [runs, inputs, steps, rows] = TABLES.map(of);
  return { schema: MIGRATIONS.length, runs, inputs, steps, rows } as Snapshot;
}

function insert(db: SqliteDatabase, snapshot: Snapshot): void {
  for (const table of TABLES) {
    for (const values of snapshot[table]) {
      db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`).run(...values);
    }
  }
}

function keyOf(table: string): string {
  return table === 'runs' ? 'id' : 'run_id';
}
