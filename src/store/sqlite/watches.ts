import type { Clock } from '../../core/clock.js';
import {
  type Feed,
  type GoneRows,
  MOST_FEED_ROWS,
  MOST_GONE_LABELS,
  MOST_SEEN_ROWS,
  MOST_WATCH_RUNS,
  MOST_WATCHES,
  type SeenRow,
  seenAnswers,
  type Watch,
  type WatchStore,
} from '../../core/watches.js';
import { type DatabaseRecord, plainText, toKeptRow } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** What rows the runs of watches have had, in the same SQLite file as the runs. */
export class SqliteWatches implements WatchStore {
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#sql = statements(db);
  }

  async see({ id, visitorId }: Watch, jobName: string, runId: string, rows: readonly SeenRow[]) {
    return transaction(this.db, () => {
      const now = this.clock.now();
      const number = this.#numberOf({ id, visitorId }, jobName, runId, now);
      const given = JSON.stringify(rows.map((row) => ({ ...row, label: plainText(row.label) })));
      const kept = this.#sql.see.all({ id, number, now, given }) as DatabaseRecord[];
      this.#sql.forgetOldRows.run({ id });
      return seenAnswers(number, rows, kept.map(toKeptRow));
    });
  }

  #numberOf({ id, visitorId }: Watch, jobName: string, runId: string, now: number): number {
    const known = this.#sql.findRun.get({ id, runId }) as { number: number } | undefined;
    if (known !== undefined) return known.number;
    const { run_count: number } = this.#sql.putWatch.get({ id, visitorId, jobName, now }) as { run_count: number };
    // Of one with the same name that was removed, and is not swept yet.
    if (number === 1) for (const remove of [this.#sql.removeRows, this.#sql.removeRuns]) remove.run({ id });
    this.#sql.makeRoom.run({ visitorId });
    this.#sql.putRun.run({ id, runId, number });
    this.#sql.forgetRuns.run({ id, number });
    return number;
  }

  async look({ id }: Watch, runId: string, rows: readonly SeenRow[]) {
    const { number } = this.#sql.numberOf.get({ id, runId }) as { number: number };
    const keys = JSON.stringify(rows.map(({ key }) => key));
    const kept = this.#sql.look.all({ id, keys }) as DatabaseRecord[];
    return seenAnswers(number, rows, kept.map(toKeptRow));
  }

  async gone(watchId: string, runId: string): Promise<GoneRows | null> {
    const run = this.#sql.findRun.get({ id: watchId, runId }) as { number: number } | undefined;
    if (run === undefined) return null;
    const { number } = this.#sql.numberBefore.get({ id: watchId, number: run.number }) as { number: number | null };
    const before = { id: watchId, number };
    const { count } = this.#sql.countGone.get(before) as { count: number };
    const labels = (this.#sql.listGone.all(before) as DatabaseRecord[]).map(({ label }) => String(label));
    return { count, labels };
  }

  async feedToken(watchId: string): Promise<string | null> {
    const record = this.#sql.feedToken.get({ id: watchId }) as { feed_token: string | null } | undefined;
    return record?.feed_token ?? null;
  }

  async setFeedToken(watchId: string, token: string | null): Promise<void> {
    transaction(this.db, () => this.#sql.setFeedToken.run({ id: watchId, token }));
  }

  async findFeed(token: string, limit: number): Promise<Feed | null> {
    const watch = this.#sql.findFeed.get({ token: plainText(token) }) as DatabaseRecord | undefined;
    if (watch === undefined) return null;
    const watchId = String(watch['id']);
    const rows = (this.#sql.listFeed.all({ id: watchId, limit }) as DatabaseRecord[]).map((record) => ({
      key: String(record['key']),
      row: String(record['row']),
      firstAt: Number(record['first_at']),
    }));
    return { watchId, jobName: String(watch['job']), updatedAt: Number(watch['updated_at']), rows };
  }

  async removeAll(visitorId: string): Promise<void> {
    transaction(this.db, () => this.#sql.removeAll.run({ visitorId }));
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    return transaction(this.db, () => {
      this.#sql.expire.run({ before: this.clock.now() - ttlMs });
      const deleted = [this.#sql.sweepRows, this.#sql.sweepRuns].map((sweep) => sweep.run({ limit }).changes);
      return deleted.some((changes) => changes === limit);
    });
  }
}

/** Rows of watches that are gone are swept bit by bit. */
const ORPHANED = 'watch_id NOT IN (SELECT id FROM watches)';

function statements(db: SqliteDatabase) {
  return {
    putWatch: db.prepare(`
      INSERT INTO watches (id, visitor_id, job, run_count, updated_at) VALUES (:id, :visitorId, :jobName, 1, :now)
      ON CONFLICT (id) DO UPDATE SET run_count = run_count + 1, updated_at = :now RETURNING run_count`),
    removeRows: db.prepare('DELETE FROM seen_rows WHERE watch_id = :id'),
    removeRuns: db.prepare('DELETE FROM watch_runs WHERE watch_id = :id'),
    makeRoom: db.prepare(`
      DELETE FROM watches WHERE id IN (
        SELECT id FROM watches WHERE visitor_id = :visitorId ORDER BY updated_at DESC, id LIMIT -1 OFFSET ${MOST_WATCHES}
      )`),
    putRun: db.prepare('INSERT INTO watch_runs (watch_id, run_id, number) VALUES (:id, :runId, :number)'),
    forgetRuns: db.prepare(`DELETE FROM watch_runs WHERE watch_id = :id AND number <= :number - ${MOST_WATCH_RUNS}`),
    see: db.prepare(`
      INSERT INTO seen_rows (watch_id, key, first_number, last_number, content, label, row, first_at, place)
      SELECT :id, given.value ->> 'key', :number, :number, given.value ->> 'content', given.value ->> 'label',
        given.value ->> 'row', :now, given.key
      FROM json_each(:given) AS given
      WHERE (SELECT count(*) FROM seen_rows WHERE watch_id = :id) < ${MOST_SEEN_ROWS}
        OR EXISTS (SELECT 1 FROM seen_rows WHERE watch_id = :id AND key = given.value ->> 'key')
      ON CONFLICT (watch_id, key) DO UPDATE SET
        before = CASE WHEN last_number < :number THEN content ELSE before END,
        content = CASE WHEN last_number <= :number THEN excluded.content ELSE content END,
        label = CASE WHEN last_number <= :number THEN excluded.label ELSE label END,
        last_number = max(last_number, :number)
      RETURNING key, first_number, last_number, content, before`),
    forgetOldRows: db.prepare(`
      UPDATE seen_rows SET row = NULL WHERE watch_id = :id AND row IS NOT NULL AND key IN (
        SELECT key FROM seen_rows WHERE watch_id = :id AND row IS NOT NULL
        ORDER BY first_at DESC, place LIMIT -1 OFFSET ${MOST_FEED_ROWS}
      )`),
    numberOf: db.prepare(`
      SELECT coalesce(
        (SELECT number FROM watch_runs WHERE watch_id = :id AND run_id = :runId),
        (SELECT 1 + run_count FROM watches WHERE id = :id),
        1
      ) AS number`),
    look: db.prepare(`
      SELECT key, first_number, last_number, content, before FROM seen_rows
      WHERE watch_id = :id AND key IN (SELECT value FROM json_each(:keys))`),
    findRun: db.prepare(`
      SELECT number FROM watch_runs JOIN watches ON id = watch_id WHERE watch_id = :id AND run_id = :runId`),
    numberBefore: db.prepare('SELECT max(number) AS number FROM watch_runs WHERE watch_id = :id AND number < :number'),
    countGone: db.prepare('SELECT count(*) AS count FROM seen_rows WHERE watch_id = :id AND last_number = :number'),
    listGone: db.prepare(`
      SELECT label FROM seen_rows WHERE watch_id = :id AND last_number = :number
      ORDER BY place, key LIMIT ${MOST_GONE_LABELS}`),
    feedToken: db.prepare('SELECT feed_token FROM watches WHERE id = :id'),
    setFeedToken: db.prepare('UPDATE watches SET feed_token = :token WHERE id = :id'),
    findFeed: db.prepare('SELECT id, job, updated_at FROM watches WHERE feed_token = :token'),
    listFeed: db.prepare(`
      SELECT key, row, first_at FROM seen_rows WHERE watch_id = :id AND row IS NOT NULL
      ORDER BY first_at DESC, place LIMIT :limit`),
    removeAll: db.prepare('DELETE FROM watches WHERE visitor_id = :visitorId'),
    expire: db.prepare('DELETE FROM watches WHERE updated_at < :before'),
    sweepRows: db.prepare(`
      DELETE FROM seen_rows WHERE (watch_id, key) IN (
        SELECT watch_id, key FROM seen_rows WHERE ${ORPHANED} LIMIT :limit
      )`),
    sweepRuns: db.prepare(`
      DELETE FROM watch_runs WHERE (watch_id, run_id) IN (
        SELECT watch_id, run_id FROM watch_runs WHERE ${ORPHANED} LIMIT :limit
      )`),
  };
}
