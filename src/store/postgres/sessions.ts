import connectPgSimple from 'connect-pg-simple';
import session, { type SessionData } from 'express-session';
import type { Pool } from 'pg';
import type { Database, Statement, Value } from './database.js';
import { sql } from './statements.js';

/** An expiry is moved only when it moves by this much, so that showing a page does not cost a write. */
const TOUCH_EVERY_S = 60 * 60;

/**
 * express-session's records in the same database as the runs. A database that cannot be reached is each request's own error:
 * no `disconnect` is ever emitted, after which express-session would go on without a session.
 */
export class PostgresSessions extends connectPgSimple(session) {
  readonly #database: Database;
  readonly #ttlMs: number;

  /** Sessions whose cookie names no expiry end `ttlMs` after they were last saved. */
  constructor(database: Database, ttlMs: number) {
    super({
      pool: preparing(database),
      schemaName: 'tobiishi',
      tableName: 'sessions',
      createTableIfMissing: false,
      ttl: ttlMs / 1000,
      pruneSessionInterval: false,
      errorLog: () => {},
    });
    this.#database = database;
    this.#ttlMs = ttlMs;
  }

  /** Nobody waits for it: express-session would send the last byte of each page only then. What fails is made up for by the next page. */
  override touch(id: string, { cookie }: SessionData, callback: (error?: unknown) => void = () => {}): void {
    const expires = cookie.expires ? new Date(cookie.expires).getTime() : Date.now() + this.#ttlMs;
    this.#database.query(TOUCH, [expires / 1000, id, TOUCH_EVERY_S]).catch(() => {});
    callback();
  }
}

const TOUCH = sql(
  'touch-session',
  `UPDATE tobiishi.sessions SET expire = to_timestamp($1)
  WHERE sid = $2 AND expire < to_timestamp($1) - make_interval(secs => $3)`,
);

/** What connect-pg-simple asks of a pool, each of its few statements prepared. */
function preparing(database: Database): Pool {
  const statements = new Map<string, Statement>();
  const query = (text: string, values: readonly Value[]) => {
    const statement = statements.get(text) ?? sql('session', text);
    statements.set(text, statement);
    return database.query(statement, values);
  };
  return { query } as unknown as Pool;
}
