import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import type { HandOver } from '../../core/hand-over.js';
import type { RateQuery } from '../../core/rate-limit.js';
import { PostgresAbuseLog } from './abuse-log.js';
import { PostgresApiTokens } from './api-tokens.js';
import { PostgresBlocks } from './blocks.js';
import { Database } from './database.js';
import { isRefused } from './errors.js';
import { PostgresFiles } from './files.js';
import { migrate } from './migrate.js';
import type { PgPool } from './pool.js';
import { PostgresSchedules } from './schedules.js';
import { PostgresSessions } from './sessions.js';
import { findSetting, makeSetting } from './statements.js';
import { PostgresStore } from './store.js';
import { PostgresUploads } from './uploads.js';
import { PostgresWatches } from './watches.js';
import { PostgresWebhooks } from './webhooks.js';

/** A database that is started together with its programs is often a little later than they are. */
const WAIT_MS = 30_000;
const ASK_EVERY_MS = 1000;
/** A migration may wait for another process to finish it, and rewrite tables. */
const MIGRATE_WITHIN_MS = 10 * 60_000;

/** Waits for the database to answer, brings its schema up to date and opens it. */
export async function openPostgres(
  source: string | PgPool,
  clock: Clock,
  sessionTtlMs: number,
  log: (message: string) => void,
  handOver: HandOver | null = null,
) {
  await prepared(source, clock, log);
  const database = new Database(source);
  // It has answered a moment ago: what is opened later is only slower.
  await database.connect().catch(() => {});
  return {
    store: new PostgresStore(database, null, handOver),
    sessionStore: new PostgresSessions(database, sessionTtlMs),
    tokens: new PostgresApiTokens(database),
    schedules: new PostgresSchedules(database),
    files: new PostgresFiles(database),
    watches: new PostgresWatches(database),
    webhooks: new PostgresWebhooks(database),
    uploads: new PostgresUploads(database),
    blocks: new PostgresBlocks(database),
    abuseLog: new PostgresAbuseLog(database),
    folder: null,
    keptSecret: () => keptSecret(database),
    rateClient: {
      query: ({ name, text, values }: RateQuery) => database.query({ name, text }, values),
    },
  };
}

async function prepared(source: string | PgPool, clock: Clock, log: (message: string) => void): Promise<void> {
  const until = clock.monotonic() + WAIT_MS;
  for (let tries = 0; ; tries += 1) {
    const database = new Database(source, MIGRATE_WITHIN_MS);
    try {
      return await migrate(database);
    } catch (error) {
      if (!(error instanceof TobiishiError)) throw error;
      if (isRefused(error) || clock.monotonic() >= until) {
        const after = isRefused(error) ? '' : ` after ${WAIT_MS / 1000} s`;
        throw new TobiishiError(
          'store-unavailable',
          `${error.message}${after}: check DATABASE_URL, or the option database`,
          {},
          { cause: error },
        );
      }
      if (tries === 0) log(`${error.message}; trying again for ${WAIT_MS / 1000} s`);
    } finally {
      await database.close();
    }
    await clock.sleep(ASK_EVERY_MS);
  }
}

/** Made by the first process that asks, the same for all. */
async function keptSecret(database: Database): Promise<string> {
  await database.query(makeSetting, ['session-secret', randomBytes(32).toString('base64url')]);
  const { rows } = await database.query(findSetting, ['session-secret']);
  return String(rows[0]?.['value']);
}
