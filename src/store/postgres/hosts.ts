import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import { decideTurn } from '../../core/rate-limit.js';
import type { Turn } from '../../core/store.js';
import { toHost } from '../records.js';
import type { Database, Result, Statement, Value } from './database.js';
import { MIGRATIONS } from './schema.js';
import * as sql from './statements.js';

/**
 * What all runs share: the database, the hosts' turns and texts. Times are the database's, since the clocks of machines
 * differ; a clock given instead is for tests.
 */
export class PostgresHosts {
  constructor(
    protected readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async takeTurn(host: string, delayMs: number): Promise<Turn> {
    return this.database.transaction(async (query) => {
      const [record] = (await query(sql.lockHost, [indexable(host), this.now])).rows;
      if (record === undefined) throw new Error(`host ${host} was not kept`);
      const { turn, save } = decideTurn(toHost(record), delayMs, Number(record['now']));
      await query(sql.saveHost, [indexable(host), save.startedAt, save.delayMs, save.delayUntil]);
      return turn;
    });
  }

  async noteStart(host: string): Promise<void> {
    await this.query(sql.noteStart, indexable(host), this.now);
  }

  async parkHost(host: string, forMs: number): Promise<void> {
    await this.query(sql.parkHost, indexable(host), Math.ceil(forMs), this.now);
  }

  async parkedForMs(host: string): Promise<number | null> {
    const [record] = (await this.query(sql.parkedForMs, indexable(host), this.now)).rows;
    return record === undefined ? null : Number(record['ms']);
  }

  /** Kept as JSON text, which has no character that PostgreSQL refuses. */
  async findShared(key: string): Promise<string | null> {
    const [record] = (await this.query(sql.findShared, indexable(key), this.now)).rows;
    return record === undefined ? null : JSON.parse(String(record['text']));
  }

  async saveShared(key: string, text: string, ttlMs: number): Promise<void> {
    await this.query(sql.saveShared, indexable(key), JSON.stringify(text), ttlMs, this.now);
  }

  /** Also throws `newer-version`: what this one would write, the newer one might not understand. */
  async ping(): Promise<void> {
    const { rowCount } = await this.query(sql.newerVersion, MIGRATIONS.length);
    if (rowCount !== 0)
      throw new TobiishiError('newer-version', 'a newer Tobiishi has changed the database: stop this one');
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  protected get now(): number | null {
    return this.clock?.now() ?? null;
  }

  protected query(statement: Statement, ...values: Value[]): Promise<Result> {
    return this.database.query(statement, values);
  }
}

/** PostgreSQL refuses index entries over 2,704 bytes and text with NUL: such texts are kept as their digest. */
export function indexable(text: string): string {
  const fits = text.length <= 500 && !text.includes('\0');
  return fits ? text : createHash('sha256').update(text).digest('base64url');
}
