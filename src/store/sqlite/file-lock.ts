import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { TobiishiError } from '../../core/errors.js';
import { makePrivateFile } from './private-file.js';

/**
 * Keeps every other process off the database file at `path`, by holding a write lock on a small SQLite file beside
 * it: the operating system frees that lock when the process ends, however it ends. Returns the release; throws when
 * another process holds it.
 */
export function lockFile(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  makePrivateFile(`${path}.lock`);
  const lock = new Database(`${path}.lock`);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new TobiishiError(
      'store-unavailable',
      `${path} is in use by another Tobiishi process: stop that one, name another file in DATABASE_URL, ` +
        'or use PostgreSQL to run several processes',
      {},
      { cause },
    );
  }
  return () => lock.close();
}
