import type { Clock } from '../../core/clock.js';
import { decideTurn } from '../../core/rate-limit.js';
import type { Turn } from '../../core/store.js';
import { type Record, toHost } from '../records.js';
import { type SqliteDatabase, transaction } from './database.js';
import { prepareStatements, type Statements } from './statements.js';

/** What all runs share: the file, the hosts' turns and texts. */
export class SqliteHosts {
  protected readonly sql: Statements;

  constructor(
    readonly db: SqliteDatabase,
    protected readonly clock: Clock,
    private readonly onClose: () => void,
  ) {
    this.sql = prepareStatements(db);
  }

  async takeTurn(host: string, delayMs: number): Promise<Turn> {
    return this.transaction(() => {
      const record = this.sql.findHost.get(host) as Record | undefined;
      const { turn, save } = decideTurn(toHost(record), delayMs, this.clock.now());
      this.sql.saveHost.run(host, save.startedAt, save.delayMs, save.delayUntil);
      return turn;
    });
  }

  async noteStart(host: string): Promise<void> {
    this.transaction(() => this.sql.noteStart.run(this.clock.now(), host));
  }

  async parkHost(host: string, forMs: number): Promise<void> {
    this.transaction(() => this.sql.parkHost.run(host, this.clock.now() + forMs));
  }

  async parkedForMs(host: string): Promise<number | null> {
    const record = this.sql.findHost.get(host) as Record | undefined;
    const ms = toHost(record).parkedUntil - this.clock.now();
    return ms > 0 ? ms : null;
  }

  async findShared(key: string): Promise<string | null> {
    const record = this.sql.findShared.get(key, this.clock.now()) as { text: string } | undefined;
    return record?.text ?? null;
  }

  async saveShared(key: string, text: string, ttlMs: number): Promise<void> {
    this.transaction(() => this.sql.saveShared.run(key, text, this.clock.now() + ttlMs));
  }

  /** A file that can only be read is away, too. */
  async ping(): Promise<void> {
    this.transaction(() => {});
  }

  async close(): Promise<void> {
    this.db.close();
    this.onClose();
  }

  protected transaction<T>(work: () => T): T {
    return transaction(this.db, work);
  }
}
