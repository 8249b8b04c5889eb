import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { TobiishiError } from '../../core/errors.js';
import { makePrivateFile } from './private-file.js';
import { MIGRATIONS } from './schema.js';

export type SqliteDatabase = InstanceType<typeof Database>;
/** What is used of a prepared statement: libsql does not export its type. */
export interface SqliteStatement {
  run(...values: unknown[]): { readonly changes: number };
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
}

/** Another program may hold the file's lock while this one starts. */
const OPEN_WITHIN_MS = 5000;
/** Nobody else should write the file, and while this waits nobody is answered. */
const WRITE_WITHIN_MS = 200;

/**
 * Opens (and makes, and migrates) the database file, or one in memory for `:memory:`. A commit survives a kill of the
 * process at once, and a power cut as soon as the operating system has written it (`synchronous = NORMAL`): the file
 * is never damaged, at worst the last moments' steps are executed again.
 */
export function openSqlite(path: string): SqliteDatabase {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true });
    makePrivateFile(path);
  }
  const db = new Database(path);
  // A step changes a few small records, and SQLite writes the whole page of each. Counts for new files.
  db.pragma('page_size = 1024');
  // What was deleted can be given back, bit by bit. Likewise, and for older files that are rewritten soon enough.
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  // What a visitor deletes is gone from the file, not only from its index.
  db.pragma('secure_delete = ON');
  // Each checkpoint waits for the disk, and whoever is to be answered for it. `Checkpoints` leaves little to do for this one.
  db.pragma('wal_autocheckpoint = 16000');
  // In KiB. A thousand runs at once read and change more pages than the 2 MB that are kept by default.
  db.pragma('cache_size = -16000');
  db.pragma(`busy_timeout = ${OPEN_WITHIN_MS}`);
  migrate(db);
  rewriteOlder(db);
  db.pragma(`busy_timeout = ${WRITE_WITHIN_MS}`);
  return db;
}

/** Rewriting so much takes a second or two. */
const REWRITTEN_BYTES = 64_000_000;

/** A file of an older version that is large, or on a full disk, stays as it is: it is slower, and gives back nothing that was deleted. */
function rewriteOlder(db: SqliteDatabase): void {
  if (numberOf(db, 'page_count') * numberOf(db, 'page_size') > REWRITTEN_BYTES) return;
  try {
    giveRowids(db);
    if (isShrinkable(db)) return;
    db.pragma('auto_vacuum = INCREMENTAL');
    db.exec('VACUUM');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'SQLITE_FULL') throw error;
  }
}

/**
 * To those whose records may be megabytes long. Without rowids SQLite reads the whole of each record whose key it compares
 * (`sqlite3BtreeIndexMoveto` in its btree.c): to find a row of 2 MB among others took 12 ms, and takes 3 so.
 */
function giveRowids(db: SqliteDatabase): void {
  const find = db.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE name IN ('inputs', 'rows') AND sql LIKE '%WITHOUT ROWID'",
  );
  const tables = find.all() as { readonly name: string; readonly sql: string }[];
  for (const { name, sql } of tables) {
    const rewrite = db.transaction(() =>
      db.exec(`
        ${sql.replace(name, 'rewritten').replace(/WITHOUT ROWID$/, '')};
        INSERT INTO rewritten SELECT * FROM ${name};
        DROP TABLE ${name};
        ALTER TABLE rewritten RENAME TO ${name};`),
    );
    rewrite.exclusive();
  }
}

export function isShrinkable(db: SqliteDatabase): boolean {
  return numberOf(db, 'auto_vacuum') === 2;
}

/** Writes all that the log has into the file, and empties it. False while another connection does a part of that. */
export function emptyLog(db: SqliteDatabase): boolean {
  const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  return busy === 0;
}

/** What a pragma that is one number says. */
export function numberOf(db: SqliteDatabase, pragma: string): number {
  const [record] = db.pragma(pragma) as [Readonly<Record<string, number>>];
  return record[pragma] ?? 0;
}

/** Up to the schema `to`, which is that of an older version for data that one wrote. */
export function migrate(db: SqliteDatabase, to = MIGRATIONS.length): void {
  db.transaction(() => {
    const [{ user_version: version }] = db.pragma('user_version') as [{ user_version: number }];
    if (version > MIGRATIONS.length) {
      throw new Error(`the database was written by a newer Tobiishi (schema ${version}): update, or use another file`);
    }
    for (const migration of MIGRATIONS.slice(version, to)) db.exec(migration);
    db.pragma(`user_version = ${to}`);
  }).exclusive();
}

/** The disk's fault or another's, not that of what was to be written. https://www.sqlite.org/rescode.html */
const UNAVAILABLE = /^SQLITE_(BUSY|CANTOPEN|CORRUPT|FULL|IOERR|LOCKED|NOMEM|NOTADB|PERM|PROTOCOL|READONLY)/;

/**
 * Every write goes through here. `IMMEDIATE`: the write lock is taken first, so that what is read inside stays true
 * until the commit. It must also be the only statement that can find the lock taken, and never a prepared one: libsql
 * leaves a prepared statement that did so unfinished, and as long as it is, nothing can be committed any more.
 */
export function transaction<T>(db: SqliteDatabase, work: () => T): T {
  // libsql ends the whole process when it is asked for a statement after that.
  if (!db.open) throw new TobiishiError('store-unavailable', 'the database is closed');
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw storeError(error);
  }
}

/** The error to throw for what SQLite threw: `store-unavailable` when the file cannot be written. */
function storeError(error: unknown): unknown {
  if (!UNAVAILABLE.test(String((error as { code?: unknown } | null)?.code))) return error;
  const { message } = error as Error;
  return new TobiishiError('store-unavailable', `the database cannot be written: ${message}`, {}, { cause: error });
}
