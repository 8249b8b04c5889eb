import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Store as SessionStore } from 'express-session';
import type { AbuseLog } from '../core/abuse-log.js';
import type { ApiTokenStore } from '../core/api-tokens.js';
import type { BlockStore } from '../core/blocks.js';
import type { Clock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import type { FileStore } from '../core/files.js';
import type { HandOver } from '../core/hand-over.js';
import type { RateClient } from '../core/rate-limit.js';
import type { ScheduleStore } from '../core/schedules.js';
import type { Store } from '../core/store.js';
import type { UploadStore } from '../core/upload.js';
import type { WatchStore } from '../core/watches.js';
import type { WebhookStore } from '../core/webhooks.js';
import type { CookieStore } from './cookie/store.js';
import type { PgPool } from './postgres/pool.js';
import { SqliteAbuseLog } from './sqlite/abuse-log.js';
import { SqliteApiTokens } from './sqlite/api-tokens.js';
import { SqliteBlocks } from './sqlite/blocks.js';
import { Checkpoints } from './sqlite/checkpoints.js';
import { ClaimMarks } from './sqlite/claim-marks.js';
import { openSqlite, type SqliteDatabase } from './sqlite/database.js';
import { lockFile } from './sqlite/file-lock.js';
import { SqliteFiles } from './sqlite/files.js';
import { SqliteSchedules } from './sqlite/schedules.js';
import { SqliteSessions } from './sqlite/sessions.js';
import { SqliteStore } from './sqlite/store.js';
import { SqliteUploads } from './sqlite/uploads.js';
import { SqliteWatches } from './sqlite/watches.js';
import { SqliteWebhooks } from './sqlite/webhooks.js';

export interface OpenStore {
  readonly store: Store;
  /** The cookie store keeps no sessions: they travel with the runs. */
  readonly sessionStore: SessionStore | CookieStore;
  /** Null where a visitor's browser carries everything. */
  readonly tokens: ApiTokenStore | null;
  /** Likewise. */
  readonly schedules: ScheduleStore | null;
  /** Likewise. */
  readonly files: FileStore | null;
  readonly watches: WatchStore | null;
  readonly webhooks: WebhookStore | null;
  readonly uploads: UploadStore;
  readonly blocks: BlockStore;
  readonly abuseLog: AbuseLog;
  /** Where the database's file is; null where it is none. */
  readonly folder: string | null;
  /** A secret to sign with, the same for every process that uses the store; null where a file beside it serves. */
  readonly keptSecret: (() => Promise<string>) | null;
  /** Where several processes count what visitors ask for; null where there is one process. */
  readonly rateClient: RateClient | null;
}

/** They are optional: most sites need none. */
const POSTGRES_PACKAGES = 'npm install pg connect-pg-simple';

/**
 * Opens the store that `database` names: PostgreSQL (or a pool of connections to it), `cookie:`, `memory:` or a SQLite file's path. Throws when the file
 * cannot be opened or another process has it, or when the database is unavailable for 30 s, which `log` is told of.
 * `handOver`: how PostgreSQL tells workers of a run that is to be executed.
 */
export async function openStore(
  database: string | PgPool,
  clock: Clock,
  sessionTtlMs: number,
  log: (message: string) => void = console.error,
  handOver: HandOver | null = null,
): Promise<OpenStore> {
  // Loaded where they are used: the others start sooner without them.
  if (isPostgres(database)) {
    const { openPostgres } = await import('./postgres/open.js').catch((cause) => {
      if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
      throw new TobiishiError(
        'store-unavailable',
        `PostgreSQL needs two more packages: ${POSTGRES_PACKAGES}`,
        {},
        { cause },
      );
    });
    return openPostgres(database, clock, sessionTtlMs, log, handOver);
  }
  if (database === 'cookie:') {
    const { CookieStore } = await import('./cookie/store.js');
    const store = new CookieStore(clock);
    return {
      store,
      sessionStore: store,
      tokens: null,
      schedules: null,
      files: null,
      watches: null,
      webhooks: null,
      uploads: new SqliteUploads(store.db, clock),
      ...operatorRecords(store.db, clock),
      folder: null,
      keptSecret: null,
      rateClient: null,
    };
  }
  const inMemory = database === 'memory:';
  const { db, unlock, marks, checkpoints } = inMemory
    ? { db: openSqlite(':memory:'), unlock: () => {}, marks: new ClaimMarks(null), checkpoints: null }
    : openFile(database);
  const sessionStore = new SqliteSessions(db, clock, sessionTtlMs);
  const store = new SqliteStore(db, clock, unlock, () => sessionStore.forgetCached(), marks, checkpoints);
  const tokens = new SqliteApiTokens(db, clock);
  const schedules = new SqliteSchedules(db, clock);
  const files = new SqliteFiles(db, checkpoints);
  const uploads = new SqliteUploads(db, clock, checkpoints);
  const folder = inMemory ? null : dirname(resolve(database));
  return {
    store,
    sessionStore,
    tokens,
    schedules,
    files,
    watches: new SqliteWatches(db, clock),
    webhooks: new SqliteWebhooks(db, clock),
    uploads,
    ...operatorRecords(db, clock),
    folder,
    keptSecret: null,
    rateClient: null,
  };
}

function operatorRecords(db: SqliteDatabase, clock: Clock) {
  return { blocks: new SqliteBlocks(db, clock), abuseLog: new SqliteAbuseLog(db, clock) };
}

function openFile(path: string) {
  try {
    // One file has one lock, however it is called.
    const real = existsSync(path) ? realpathSync(path) : path;
    const unlock = lockFile(real);
    try {
      const db = openSqlite(real);
      return { unlock, db, marks: new ClaimMarks(`${real}.claims`), checkpoints: new Checkpoints(real) };
    } catch (cause) {
      unlock();
      throw cause;
    }
  } catch (cause) {
    if (cause instanceof TobiishiError) throw cause;
    const { message } = cause as Error;
    throw new TobiishiError(
      'store-unavailable',
      `${path} cannot be opened: ${message}: check DATABASE_URL, or the option database`,
      {},
      { cause },
    );
  }
}

export function isPostgres(database: string | PgPool): database is `postgres://${string}` | PgPool {
  return typeof database !== 'string' || /^postgres(ql)?:\/\//i.test(database);
}
