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
import { plainText, toKeptRow } from '../columns.js';
import type { Database } from './database.js';
import { now, sql } from './statements.js';

const putRun = sql(
  'put-watch-run',
  `WITH kept AS (
    INSERT INTO tobiishi.watches AS watch (id, visitor_id, job, run_count, updated_at) VALUES ($1, $2, $3, 1, ${now(5)})
    ON CONFLICT (id) DO UPDATE SET run_count = watch.run_count + 1, updated_at = ${now(5)}
    RETURNING id, run_count
  )
  INSERT INTO tobiishi.watch_runs (watch_id, run_id, number) SELECT id, $4, run_count FROM kept
  ON CONFLICT (watch_id, run_id) DO UPDATE SET number = watch_runs.number
  RETURNING number`,
);
const removeLeft = sql(
  'remove-left-of-watch',
  `WITH runs AS (DELETE FROM tobiishi.watch_runs WHERE watch_id = $1 AND run_id <> $2)
  DELETE FROM tobiishi.seen_rows WHERE watch_id = $1`,
);
const makeRoom = sql(
  'make-room-for-watches',
  `DELETE FROM tobiishi.watches WHERE id IN (
    SELECT id FROM tobiishi.watches WHERE visitor_id = $1 ORDER BY updated_at DESC, id OFFSET ${MOST_WATCHES}
  )`,
);
const forgetRuns = sql(
  'forget-watch-runs',
  `DELETE FROM tobiishi.watch_runs WHERE watch_id = $1 AND number <= $2::bigint - ${MOST_WATCH_RUNS}`,
);
const see = sql(
  'see-rows',
  `INSERT INTO tobiishi.seen_rows AS seen
    (watch_id, key, first_number, last_number, content, label, row, first_at, place)
  SELECT $1, given.key, $2, $2, given.content, given.label, given.row, ${now(7)}, given.place
  FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
    AS given (key, content, label, row, place)
  WHERE (SELECT count(*) FROM tobiishi.seen_rows WHERE watch_id = $1) < ${MOST_SEEN_ROWS}
    OR EXISTS (SELECT 1 FROM tobiishi.seen_rows WHERE watch_id = $1 AND key = given.key)
  ORDER BY given.key
  ON CONFLICT (watch_id, key) DO UPDATE SET
    before = CASE WHEN seen.last_number < $2 THEN seen.content ELSE seen.before END,
    content = CASE WHEN seen.last_number <= $2 THEN excluded.content ELSE seen.content END,
    label = CASE WHEN seen.last_number <= $2 THEN excluded.label ELSE seen.label END,
    last_number = greatest(seen.last_number, $2)
  RETURNING key, first_number, last_number, content, before`,
);
const forgetOldRows = sql(
  'forget-old-feed-rows',
  `UPDATE tobiishi.seen_rows SET row = NULL WHERE watch_id = $1 AND row IS NOT NULL AND key IN (
    SELECT key FROM tobiishi.seen_rows WHERE watch_id = $1 AND row IS NOT NULL
    ORDER BY first_at DESC, place OFFSET ${MOST_FEED_ROWS}
  )`,
);
const numberOf = sql(
  'number-of-watch-run',
  `SELECT coalesce(
    (SELECT number FROM tobiishi.watch_runs WHERE watch_id = $1 AND run_id = $2),
    (SELECT 1 + run_count FROM tobiishi.watches WHERE id = $1),
    1
  ) AS number`,
);
const look = sql(
  'look-for-rows',
  `SELECT key, first_number, last_number, content, before FROM tobiishi.seen_rows
  WHERE watch_id = $1 AND key = ANY($2::text[])`,
);
const findRun = sql(
  'find-watch-run',
  `SELECT number FROM tobiishi.watch_runs JOIN tobiishi.watches ON id = watch_id WHERE watch_id = $1 AND run_id = $2`,
);
const numberBefore = sql(
  'number-of-watch-run-before',
  'SELECT max(number) AS number FROM tobiishi.watch_runs WHERE watch_id = $1 AND number < $2',
);
const countGone = sql(
  'count-gone-rows',
  'SELECT count(*) AS count FROM tobiishi.seen_rows WHERE watch_id = $1 AND last_number = $2',
);
const listGone = sql(
  'list-gone-rows',
  `SELECT label FROM tobiishi.seen_rows WHERE watch_id = $1 AND last_number = $2
  ORDER BY place, key LIMIT ${MOST_GONE_LABELS}`,
);
const feedToken = sql('feed-token', 'SELECT feed_token FROM tobiishi.watches WHERE id = $1');
const setFeedToken = sql('set-feed-token', 'UPDATE tobiishi.watches SET feed_token = $2 WHERE id = $1');
const findFeed = sql('find-feed', 'SELECT id, job, updated_at FROM tobiishi.watches WHERE feed_token = $1');
const listFeed = sql(
  'list-feed',
  `SELECT key, row, first_at FROM tobiishi.seen_rows WHERE watch_id = $1 AND row IS NOT NULL
  ORDER BY first_at DESC, place LIMIT $2`,
);
const removeAll = sql('remove-watches', 'DELETE FROM tobiishi.watches WHERE visitor_id = $1');
const expire = sql('expire-watches', `DELETE FROM tobiishi.watches WHERE updated_at < ${now(1)} - $2::bigint`);
const orphaned = (table: string, key: string) =>
  sql(
    `sweep-${table}`,
    `DELETE FROM tobiishi.${table} WHERE (watch_id, ${key}) IN (
      SELECT watch_id, ${key} FROM tobiishi.${table}
      WHERE NOT EXISTS (SELECT 1 FROM tobiishi.watches WHERE id = watch_id) LIMIT $1
    )`,
  );
const sweepRows = orphaned('seen_rows', 'key');
const sweepRuns = orphaned('watch_runs', 'run_id');

/** What rows the runs of watches have had, for every process of the database. `clock`: for tests, instead of the database's. */
export class PostgresWatches implements WatchStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async see({ id, visitorId }: Watch, jobName: string, runId: string, rows: readonly SeenRow[]) {
    const { database } = this;
    const number = await this.#numberOf({ id, visitorId }, jobName, runId);
    const columns = [
      rows.map(({ key }) => key),
      rows.map(({ content }) => content),
      rows.map(({ label }) => plainText(label)),
      rows.map(({ row }) => row),
    ];
    const kept = await database.query(see, [id, number, ...columns, this.#now]);
    await database.query(forgetOldRows, [id]);
    return seenAnswers(number, rows, kept.rows.map(toKeptRow));
  }

  async #numberOf({ id, visitorId }: Watch, jobName: string, runId: string): Promise<number> {
    const { database } = this;
    const [known] = (await database.query(findRun, [id, runId])).rows;
    if (known !== undefined) return Number(known['number']);
    const [added] = (await database.query(putRun, [id, visitorId, jobName, runId, this.#now])).rows;
    const number = Number(added?.['number']);
    // Of one with the same name that was removed, and is not swept yet.
    if (number === 1) await database.query(removeLeft, [id, runId]);
    await database.query(makeRoom, [visitorId]);
    await database.query(forgetRuns, [id, number]);
    return number;
  }

  async look({ id }: Watch, runId: string, rows: readonly SeenRow[]) {
    const number = Number((await this.database.query(numberOf, [id, runId])).rows[0]?.['number']);
    const kept = await this.database.query(look, [id, rows.map(({ key }) => key)]);
    return seenAnswers(number, rows, kept.rows.map(toKeptRow));
  }

  async gone(watchId: string, runId: string): Promise<GoneRows | null> {
    const [run] = (await this.database.query(findRun, [watchId, runId])).rows;
    if (run === undefined) return null;
    const [earlier] = (await this.database.query(numberBefore, [watchId, Number(run['number'])])).rows;
    const before = [watchId, earlier?.['number'] == null ? null : Number(earlier['number'])];
    const [counted] = (await this.database.query(countGone, before)).rows;
    const { rows } = await this.database.query(listGone, before);
    return { count: Number(counted?.['count'] ?? 0), labels: rows.map(({ label }) => String(label)) };
  }

  async feedToken(watchId: string): Promise<string | null> {
    return ((await this.database.query(feedToken, [watchId])).rows[0]?.['feed_token'] as string | null) ?? null;
  }

  async setFeedToken(watchId: string, token: string | null): Promise<void> {
    await this.database.query(setFeedToken, [watchId, token]);
  }

  async findFeed(token: string, limit: number): Promise<Feed | null> {
    const [watch] = (await this.database.query(findFeed, [plainText(token)])).rows;
    if (watch === undefined) return null;
    const watchId = String(watch['id']);
    const { rows } = await this.database.query(listFeed, [watchId, limit]);
    return {
      watchId,
      jobName: String(watch['job']),
      updatedAt: Number(watch['updated_at']),
      rows: rows.map((record) => ({
        key: String(record['key']),
        row: String(record['row']),
        firstAt: Number(record['first_at']),
      })),
    };
  }

  async removeAll(visitorId: string): Promise<void> {
    await this.database.query(removeAll, [visitorId]);
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    await this.database.query(expire, [this.#now, ttlMs]);
    const rows = await this.database.query(sweepRows, [limit]);
    const runs = await this.database.query(sweepRuns, [limit]);
    return rows.rowCount === limit || runs.rowCount === limit;
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }
}
