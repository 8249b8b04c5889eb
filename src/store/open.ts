import type { Store as SessionStore } from 'express-session';
import type { Clock } from '../core/clock.js';
import type { Store } from '../core/store.js';
import { lockFile } from './lock.js';
import { SqliteSessions } from './sessions.sqlite.js';
import { openSqlite, SqliteStore } from './sqlite.js';

export interface OpenStore {
  readonly store: Store;
  readonly sessionStore: SessionStore;
}

/**
 * Opens the store that `DATABASE_URL` names: `memory:` or a SQLite file's path.
 * Throws when the file cannot be opened or another process has it.
 */
export async function openStore(databaseUrl: string, clock: Clock, sessionTtlMs: number): Promise<OpenStore> {
  const inMemory = databaseUrl === 'memory:';
  const unlock = inMemory ? () => {} : lockFile(databaseUrl);
  const db = openSqlite(inMemory ? ':memory:' : databaseUrl);
  const store = new SqliteStore(db, clock, unlock);
  return { store, sessionStore: new SqliteSessions(db, clock, sessionTtlMs) };
}
