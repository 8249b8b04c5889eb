import { type SessionData, Store as SessionStore } from 'express-session';
import type { Clock } from '../core/clock.js';
import { type SqliteDatabase, transaction } from './database.sqlite.js';

type Callback = (error?: unknown) => void;

/** An expiry is moved on disk only when it moves by this much: showing a page costs no write, a save no index. */
const TOUCH_EVERY_MS = 60 * 60_000;

/** express-session's records in the same SQLite file as the runs. */
export class SqliteSessions extends SessionStore {
  readonly #sql;
  /** Saved by the requests that loaded them: their expiry has been moved. */
  readonly #saved = new WeakSet<SessionData>();

  /** Sessions whose cookie names no expiry end `ttlMs` after they were last saved. */
  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
    private readonly ttlMs: number,
  ) {
    super();
    this.#sql = {
      get: db.prepare('SELECT data FROM sessions WHERE id = ? AND expires_at > ?'),
      set: db.prepare('INSERT OR REPLACE INTO sessions (id, data, expires_at) VALUES (?, ?, ?)'),
      setData: db.prepare('UPDATE sessions SET data = ? WHERE id = ? AND expires_at BETWEEN ? AND ?'),
      touch: db.prepare('UPDATE sessions SET expires_at = :at WHERE id = :id AND expires_at < :at - :every'),
      destroy: db.prepare('DELETE FROM sessions WHERE id = ?'),
    };
  }

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    answer(callback, () => {
      const record = this.#sql.get.get(id, this.clock.now()) as { data: string } | undefined;
      return record === undefined ? null : (JSON.parse(record.data) as SessionData);
    });
  }

  override set(id: string, session: SessionData, callback?: Callback): void {
    this.#write(callback, () => {
      const [data, at] = [JSON.stringify(session), this.#expiresAt(session)];
      const { changes } = this.#sql.setData.run(data, id, at - TOUCH_EVERY_MS, at);
      if (changes === 0) this.#sql.set.run(id, data, at);
      this.#saved.add(session);
    });
  }

  override touch(id: string, session: SessionData, callback?: Callback): void {
    if (this.#saved.has(session)) answer(callback, () => {});
    else this.#write(callback, () => this.#sql.touch.run({ id, at: this.#expiresAt(session), every: TOUCH_EVERY_MS }));
  }

  override destroy(id: string, callback?: Callback): void {
    this.#write(callback, () => this.#sql.destroy.run(id));
  }

  #write(callback: Callback | undefined, work: () => unknown): void {
    answer(callback, () => void transaction(this.db, work));
  }

  #expiresAt(session: SessionData): number {
    const { expires } = session.cookie;
    return expires ? new Date(expires).getTime() : this.clock.now() + this.ttlMs;
  }
}

/** Calls back at once, so that express-session sends each page whole, not its last byte behind it. */
function answer<T>(callback: ((error: unknown, result?: T) => void) | undefined, work: () => T): void {
  let result: T;
  try {
    result = work();
  } catch (error) {
    callback?.(error);
    return;
  }
  callback?.(null, result);
}
