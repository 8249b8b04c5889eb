import type { Database } from './database.js';
import { MIGRATIONS } from './schema.js';

/** Any number that other programs sharing the database are unlikely to lock. */
const LOCK = 7_064_731_142;

/**
 * Brings the schema up to date, all or nothing. Of several processes that start at once, one does it while the others
 * wait. Throws when a newer version was here.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await query('CREATE SCHEMA IF NOT EXISTS tobiishi');
    await query('CREATE TABLE IF NOT EXISTS tobiishi.migrations (version integer PRIMARY KEY)');
    const { rows } = await query('SELECT coalesce(max(version), 0) AS version FROM tobiishi.migrations');
    const version = Number(rows[0]?.['version']);
    if (version > MIGRATIONS.length) {
      throw new Error(`the database was written by a newer Tobiishi (schema ${version}): update, or use another one`);
    }
    for (const [i, migration] of MIGRATIONS.entries()) {
      if (i < version) continue;
      await query(migration);
      await query('INSERT INTO tobiishi.migrations VALUES ($1)', [i + 1]);
    }
  });
}
