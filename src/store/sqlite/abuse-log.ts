import { type AbuseLog, type LogEntry, type LogFilter, type LoggedAction, SHOWN_HOSTS } from '../../core/abuse-log.js';
import type { Clock } from '../../core/clock.js';
import { type DatabaseRecord, plainText, toLogEntry } from '../columns.js';
import { emptyLog, type SqliteDatabase, transaction } from './database.js';

/** Whether a host is the one that is looked for, or below it. */
export const isHost = (host: string, wanted: string) =>
  `substr('.' || ${host}, -length('.' || ${wanted})) = '.' || ${wanted}`;

/** The abuse log in the same SQLite file as the runs. */
export class SqliteAbuseLog implements AbuseLog {
  readonly #sql;
  /** Something was deleted since the database's own log was emptied. */
  #hasSwept = false;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#sql = {
      add: db.prepare(`
        INSERT OR IGNORE INTO abuse_log (id, kind, job, visitor_id, address, at) VALUES (?, ?, ?, ?, ?, ?)`),
      addHost: db.prepare(`
        INSERT INTO abuse_hosts (id, host, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
        ON CONFLICT (id, host) DO UPDATE SET last_at = excluded.last_at`),
      forgetIdle: db.prepare(`
        DELETE FROM abuse_log
        WHERE visitor_id = ? AND NOT EXISTS (SELECT 1 FROM abuse_hosts AS h WHERE h.id = abuse_log.id)`),
      search: db.prepare(`
        SELECT *, (SELECT count(*) FROM abuse_hosts AS h WHERE h.id = l.id) AS host_count,
          (SELECT json_group_array(json_array(host, first_at, last_at)) FROM (
            SELECT * FROM abuse_hosts AS h WHERE h.id = l.id
            ORDER BY ?4 IS NOT NULL AND ${isHost('host', '?4')} DESC, first_at, host LIMIT ${SHOWN_HOSTS})) AS hosts
        FROM abuse_log AS l
        WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR visitor_id = ?2)
          AND (?3 IS NULL OR address = ?3 OR (substr(?3, -1) IN ('.', ':') AND substr(address, 1, length(?3)) = ?3))
          AND (?4 IS NULL OR id IN (SELECT id FROM abuse_hosts WHERE ${isHost('host', '?4')}))
        ORDER BY at DESC LIMIT ?5`),
      deleteHosts: db.prepare(`
        DELETE FROM abuse_hosts WHERE (id, host) IN (SELECT id, host FROM abuse_hosts WHERE last_at <= ? LIMIT ?)`),
      // Who did it is known for as long as what was asked.
      deleteEntries: db.prepare(`
        DELETE FROM abuse_log WHERE id IN (
          SELECT id FROM abuse_log AS l WHERE at <= ? AND NOT EXISTS (SELECT 1 FROM abuse_hosts AS h WHERE h.id = l.id)
          LIMIT ?)`),
    };
  }

  async add({ id, kind, job, visitorId, address }: LoggedAction): Promise<void> {
    const visitor = visitorId === null ? null : plainText(visitorId);
    transaction(this.db, () => this.#sql.add.run(id, kind, job, visitor, address, this.clock.now()));
  }

  async addHost(id: string, host: string): Promise<void> {
    transaction(this.db, () => this.#sql.addHost.run(id, plainText(host), this.clock.now()));
  }

  async forgetIdle(visitorId: string): Promise<void> {
    transaction(this.db, () => this.#sql.forgetIdle.run(plainText(visitorId)));
  }

  async search({ id, visitorId, address, host }: LogFilter, limit: number): Promise<LogEntry[]> {
    const wanted = [id, visitorId, address, host].map((text) => (text === null ? null : plainText(text)));
    return (this.#sql.search.all(...wanted, limit) as DatabaseRecord[]).map(toLogEntry);
  }

  async sweep(keptMs: number, limit: number): Promise<boolean> {
    const until = this.clock.now() - keptMs;
    const deleted = transaction(
      this.db,
      () => this.#sql.deleteHosts.run(until, limit).changes + this.#sql.deleteEntries.run(until, limit).changes,
    );
    if (deleted > 0) this.#hasSwept = true;
    else if (this.#hasSwept) this.#hasSwept = !emptyLog(this.db);
    return deleted > 0;
  }
}
