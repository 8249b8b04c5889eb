import {
  type ApiToken,
  type ApiTokenStore,
  MOST_TOKENS,
  type NewApiToken,
  USED_EVERY_MS,
} from '../../core/api-tokens.js';
import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import { API_TOKEN, type DatabaseRecord, plainText } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** Visitors' tokens, in the same SQLite file as the runs. */
export class SqliteApiTokens implements ApiTokenStore {
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#sql = {
      count: db.prepare('SELECT count(*) AS count FROM api_tokens WHERE visitor_id = ?'),
      countAll: db.prepare('SELECT count(*) AS count FROM api_tokens'),
      add: db.prepare('INSERT INTO api_tokens (hash, visitor_id, label, entered, created_at) VALUES (?, ?, ?, ?, ?)'),
      find: db.prepare('SELECT * FROM api_tokens WHERE hash = ?'),
      touch: db.prepare('UPDATE api_tokens SET used_at = ? WHERE hash = ?'),
      list: db.prepare('SELECT * FROM api_tokens WHERE visitor_id = ? ORDER BY created_at DESC, hash'),
      remove: db.prepare('DELETE FROM api_tokens WHERE visitor_id = ? AND hash = ?'),
      removeAll: db.prepare('DELETE FROM api_tokens WHERE visitor_id = ?'),
      sweep: db.prepare(`
        DELETE FROM api_tokens WHERE hash IN (
          SELECT hash FROM api_tokens WHERE coalesce(used_at, created_at) < ? LIMIT ?
        )`),
    };
  }

  async add({ hash, visitorId, label, entered }: NewApiToken, mostOfAll: number): Promise<boolean> {
    return transaction(this.db, () => {
      const { count: all } = this.#sql.countAll.get() as { count: number };
      if (all >= mostOfAll) throw new TobiishiError('storage-full', `visitors have ${all} tokens`);
      const { count } = this.#sql.count.get(visitorId) as { count: number };
      if (count >= MOST_TOKENS) return false;
      this.#sql.add.run(hash, visitorId, plainText(label), JSON.stringify(entered), this.clock.now());
      return true;
    });
  }

  async use(hash: string): Promise<ApiToken | null> {
    const record = this.#sql.find.get(hash) as DatabaseRecord | undefined;
    if (record === undefined) return null;
    const token = API_TOKEN.read(record);
    const now = this.clock.now();
    if (Math.abs(now - (token.usedAt ?? 0)) >= USED_EVERY_MS) {
      transaction(this.db, () => this.#sql.touch.run(now, hash));
    }
    return token;
  }

  async list(visitorId: string): Promise<ApiToken[]> {
    return (this.#sql.list.all(visitorId) as DatabaseRecord[]).map((record) => API_TOKEN.read(record));
  }

  async remove(visitorId: string, hash: string): Promise<void> {
    transaction(this.db, () => this.#sql.remove.run(visitorId, plainText(hash)));
  }

  async removeAll(visitorId: string): Promise<void> {
    transaction(this.db, () => this.#sql.removeAll.run(visitorId));
  }

  async sweep(unusedMs: number, limit: number): Promise<boolean> {
    return transaction(this.db, () => this.#sql.sweep.run(this.clock.now() - unusedMs, limit).changes === limit);
  }
}
