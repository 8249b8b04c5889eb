import { type AbuseLog, type LogEntry, type LogFilter, type LoggedAction, SHOWN_HOSTS } from '../../core/abuse-log.js';
import type { Clock } from '../../core/clock.js';
import { toLogEntry } from '../columns.js';
import type { Database } from './database.js';
import { isHost, now, sql, start } from './statements.js';

const add = sql(
  'add-logged',
  `INSERT INTO tobiishi.abuse_log (id, kind, job, visitor_id, address, at) VALUES ($1, $2, $3, $4, $5, ${now(6)})
  ON CONFLICT DO NOTHING`,
);
const addHost = sql(
  'add-logged-host',
  `INSERT INTO tobiishi.abuse_hosts (id, host, first_at, last_at) SELECT $1, $2, now, now FROM (SELECT ${now(3)} AS now) AS clock
  ON CONFLICT (id, host) DO UPDATE SET last_at = excluded.last_at`,
);
const forgetIdle = sql(
  'forget-logged',
  `DELETE FROM tobiishi.abuse_log AS l
  WHERE visitor_id = $1 AND NOT EXISTS (SELECT FROM tobiishi.abuse_hosts AS h WHERE h.id = l.id)`,
);
const search = sql(
  'search-log',
  `SELECT l.*, (SELECT count(*) FROM tobiishi.abuse_hosts AS h WHERE h.id = l.id) AS host_count,
    (SELECT json_agg(json_build_array(host, first_at, last_at))::text FROM (
      SELECT * FROM tobiishi.abuse_hosts AS h WHERE h.id = l.id
      ORDER BY $4::text IS NOT NULL AND ${isHost('host', '$4')} DESC, first_at, host LIMIT ${SHOWN_HOSTS}) AS shown
    ) AS hosts
  FROM tobiishi.abuse_log AS l
  WHERE ($1::text IS NULL OR id = $1) AND ($2::text IS NULL OR visitor_id = $2)
    AND ($3::text IS NULL OR address = $3 OR (right($3, 1) IN ('.', ':') AND starts_with(address, $3)))
    AND ($4::text IS NULL OR id IN (SELECT id FROM tobiishi.abuse_hosts WHERE ${isHost('host', '$4')}))
  ORDER BY at DESC LIMIT $5`,
);
/** $1 frozen time, $2 how many, $3 for how many milliseconds they are kept. */
const deleteHosts = sql(
  'delete-logged-hosts',
  `DELETE FROM tobiishi.abuse_hosts WHERE (id, host) IN (
    SELECT id, host FROM tobiishi.abuse_hosts WHERE last_at <= ${start(1)} - $3::bigint LIMIT $2
    FOR UPDATE SKIP LOCKED)`,
);
/** Likewise. Who did it is known for as long as what was asked. */
const deleteEntries = sql(
  'delete-logged',
  `DELETE FROM tobiishi.abuse_log WHERE id IN (
    SELECT id FROM tobiishi.abuse_log AS l
    WHERE at <= ${start(1)} - $3::bigint AND NOT EXISTS (SELECT FROM tobiishi.abuse_hosts AS h WHERE h.id = l.id)
    LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

/** The abuse log, for every process of the database. `clock`: for tests, instead of the database's. */
export class PostgresAbuseLog implements AbuseLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async add({ id, kind, job, visitorId, address }: LoggedAction): Promise<void> {
    await this.database.query(add, [id, kind, job, visitorId, address, this.#now]);
  }

  async addHost(id: string, host: string): Promise<void> {
    await this.database.query(addHost, [id, host, this.#now]);
  }

  async forgetIdle(visitorId: string): Promise<void> {
    await this.database.query(forgetIdle, [visitorId]);
  }

  async search({ id, visitorId, address, host }: LogFilter, limit: number): Promise<LogEntry[]> {
    return (await this.database.query(search, [id, visitorId, address, host, limit])).rows.map(toLogEntry);
  }

  async sweep(keptMs: number, limit: number): Promise<boolean> {
    const results = [
      await this.database.query(deleteHosts, [this.#now, limit, keptMs]),
      await this.database.query(deleteEntries, [this.#now, limit, keptMs]),
    ];
    return results.some(({ rowCount }) => rowCount !== 0);
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }
}
