import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresServer } from '../test/fixtures/postgres.js';
import { readCarried, readPostgres, readSqlite, type StoredRun } from './records.js';

/** Where the servers of a trial keep their runs. */
export interface Database {
  /** For `DATABASE_URL`. */
  readonly url: string;
  /** Kills it, and starts it again `ms` later. */
  outage(ms: number): Promise<void>;
  /** `cookies`: the session that each visitor's browser had in the end. */
  read(cookies: readonly string[]): Promise<StoredRun[]>;
  stop(): Promise<void>;
}

/** What was killed a moment ago may still hold its port. */
const START_WITHIN_MS = 60_000;

export type DatabaseKind = 'sqlite' | 'postgres' | 'cookie';

export async function openDatabase(kind: DatabaseKind, directory: string): Promise<Database> {
  if (kind === 'cookie') {
    return {
      url: 'cookie:',
      outage: () => Promise.reject(new Error('a cookie cannot be away')),
      read: readCarried,
      stop: async () => {},
    };
  }
  if (kind === 'sqlite') {
    const path = join(directory, 'tobiishi.db');
    return {
      url: path,
      outage: () => Promise.reject(new Error('a SQLite file cannot be away')),
      read: () => readSqlite(path),
      stop: async () => {},
    };
  }
  const postgres = await PostgresServer.start();
  const url = await postgres.createDatabase();
  return {
    url,
    async outage(ms) {
      // Half of them as a power cut, half as an operator's restart, which answers each connection with an error first.
      await (ms % 2 === 0 ? postgres.kill() : postgres.stop());
      await sleep(ms);
      await startAgain(postgres);
    },
    read: () => readPostgres(url),
    stop: () => postgres.close(),
  };
}

async function startAgain(postgres: PostgresServer): Promise<void> {
  for (const until = performance.now() + START_WITHIN_MS; ; await sleep(200)) {
    try {
      return await postgres.start();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}
