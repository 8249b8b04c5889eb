import { type SessionData, Store as SessionStore } from 'express-session';
import type { Clock } from '../../core/clock.js';
import { LruCache } from '../../core/lru-cache.js';
import { type SqliteDatabase, transaction } from './database.js';

interface SessionRecord {
  readonly data: string;
  readonly expires_at: number;
  /** What the data says, once somebody has asked for it. */
  opened?: Readonly<SessionData>;
}

type Callback = (error?: unknown) => void;

/** An expiry is moved on disk only when it moves by this much: showing a page costs no write, a save no index. */
const TOUCH_EVERY_MS = 60 * 60_000;

/** How many sessions are kept in memory as they are in the file. */
const MOST_CACHED = 1000;

/** express-session's records in the same SQLite file as the runs. */
export class SqliteSessions extends SessionStore {
  readonly #sql;
  /** As they are in the file: nobody else writes them. */
  readonly #cache = new LruCache<SessionRecord>(MOST_CACHED);

  /** Sessions whose cookie names no expiry end `ttlMs` after they were last saved. */
  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
    private readonly ttlMs: number,
  ) {
    super();
    this.#sql = {
      get: db.prepare('SELECT data, expires_at FROM sessions WHERE id = ?'),
      set: db.prepare('INSERT OR REPLACE INTO sessions (id, data, expires_at) VALUES (?, ?, ?)'),
      setData: db.prepare('UPDATE sessions SET data = ? WHERE id = ?'),
      touch: db.prepare('UPDATE sessions SET expires_at = ? WHERE id = ?'),
      destroy: db.prepare('DELETE FROM sessions WHERE id = ?'),
    };
  }

  override get(id: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    answer(callback, () => {
      const record = this.#find(id);
      const isOver = record === undefined || record.expires_at <= this.clock.now();
      return isOver ? null : (JSON.parse(record.data) as SessionData);
    });
  }

  override set(id: string, session: SessionData, callback?: Callback): void {
    answer(callback, () => {
      const data = JSON.stringify(session);
      const [before, at] = [this.#find(id)?.expires_at ?? 0, this.#expiresAt(session)];
      const expires_at = transaction(this.db, () => {
        if (isNear(before, at) && this.#sql.setData.run(data, id).changes === 1) return before;
        this.#sql.set.run(id, data, at);
        return at;
      });
      this.#cache.set(id, { data, expires_at });
    });
  }

  /** As it is kept, not to be changed; null when there is none, or none any more. */
  open(id: string): Readonly<SessionData> | null {
    const record = this.#find(id);
    return record === undefined || record.expires_at <= this.clock.now() ? null : opened(record);
  }

  /**
   * Saves one field of a session and leaves the rest as it is, its expiry too: at once, in the transaction that is under way if
   * one is. False when there is no such session any more.
   */
  saveField(id: string, name: string, value: object): boolean {
    const record = this.#find(id);
    if (record === undefined) return false;
    const changed = { ...opened(record), [name]: value };
    const data = JSON.stringify(changed);
    const write = () => this.#sql.setData.run(data, id);
    if (this.db.inTransaction) write();
    else transaction(this.db, write);
    this.#cache.set(id, { data, expires_at: record.expires_at, opened: changed });
    return true;
  }

  /** To be called when what was saved in somebody's transaction was taken back. */
  forgetCached(): void {
    this.#cache.clear();
  }

  override touch(id: string, session: SessionData, callback?: Callback): void {
    answer(callback, () => {
      const [before, at] = [this.#find(id), this.#expiresAt(session)];
      if (before === undefined || isNear(before.expires_at, at)) return;
      transaction(this.db, () => this.#sql.touch.run(at, id));
      this.#cache.set(id, { data: before.data, expires_at: at });
    });
  }

  override destroy(id: string, callback?: Callback): void {
    answer(callback, () => {
      transaction(this.db, () => this.#sql.destroy.run(id));
      this.#cache.delete(id);
    });
  }

  #find(id: string): SessionRecord | undefined {
    return this.#cache.find(id, () => this.#sql.get.get(id) as SessionRecord | undefined);
  }

  #expiresAt(session: SessionData): number {
    const { expires } = session.cookie;
    return expires ? new Date(expires).getTime() : this.clock.now() + this.ttlMs;
  }
}

function opened(record: SessionRecord): Readonly<SessionData> {
  record.opened ??= JSON.parse(record.data) as SessionData;
  return record.opened;
}

function isNear(before: number, at: number): boolean {
  return before <= at && before >= at - TOUCH_EVERY_MS;
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
