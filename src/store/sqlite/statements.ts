import { LOOKED_AT } from '../decisions.js';
import type { SqliteDatabase } from './database.js';

export type Statements = ReturnType<typeof prepareStatements>;

/** Of run ?1, ?4 that are not at work under epoch ?3; at most as many are passed over as a job works on at once. */
const heads = (index: string, dueAt: string, where: string) => `
  SELECT * FROM (
    SELECT position, line, item, attempts, ${dueAt}, failure FROM steps INDEXED BY ${index}
    WHERE run_id = ?1 AND head = 1 AND seq IS NULL AND taken_epoch <> ?3 AND ${where} LIMIT ?4)`;

/** Of run ?1. */
const firstHeads = (where: string) => `
  SELECT * FROM (
    SELECT * FROM steps INDEXED BY steps_heads WHERE run_id = ?1 AND head = 1 AND seq IS NULL AND ${where}
    ORDER BY due_at, line, position LIMIT ${LOOKED_AT})`;

/** Every statement of the SQLite store, prepared once. */
export function prepareStatements(db: SqliteDatabase) {
  const sql = (text: string) => db.prepare(text);
  return {
    // Runs
    insertRun: sql(`
      INSERT INTO runs (id, visitor_id, job, version, status, total, max_total, dropped_count,
                        created_at, updated_at, updated_hour, active_since)
      VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7, ?8, ?8, ?8 / 3600000, ?8)`),
    insertInput: sql('INSERT INTO inputs (run_id, input) VALUES (?, ?)'),
    findRun: sql('SELECT * FROM runs WHERE id = ?'),
    findInput: sql('SELECT input FROM inputs WHERE run_id = ?'),
    listRuns: sql(`
      SELECT * FROM runs JOIN inputs ON run_id = id WHERE visitor_id = ?
      ORDER BY status IN ('running', 'paused', 'failed') DESC, created_at DESC LIMIT ?`),
    countUnfinished: sql(`
      SELECT count(*) AS count FROM runs WHERE visitor_id = ? AND status IN (SELECT value FROM json_each(?))`),

    shareRun: sql('UPDATE runs SET share_token = ?, updated_at = ?2, updated_hour = ?2 / 3600000 WHERE id = ?'),
    findSharedRun: sql('SELECT * FROM runs JOIN inputs ON run_id = id WHERE share_token = ?'),

    // Claims
    freeLeases: sql('UPDATE runs SET lease_until = NULL WHERE lease_until IS NOT NULL'),
    // A lease that ends later than a fresh one would was written before the clock was set back: it is void.
    claim: sql(`
      UPDATE runs SET epoch = epoch + 1, lease_until = ?
      WHERE id = ? AND epoch = ? AND status = 'running' AND seq = ?
        AND (lease_until IS NULL OR lease_until <= ? OR lease_until > ?)`),
    renew: sql('UPDATE runs SET lease_until = ? WHERE id = ? AND epoch = ? AND lease_until IS NOT NULL'),
    release: sql('UPDATE runs SET lease_until = NULL WHERE id = ? AND epoch = ?'),
    // By position: names take twice as long to bind.
    saveRun: sql(`
      UPDATE runs SET
        status = ?, reason = ?, seq = ?, total = ?, max_total = ?, dropped_count = ?, row_count = ?, failed_count = ?,
        gave_up_position = ?, epoch = ?, updated_at = ?, ended_at = ?, active_since = ?, active_ms = ?, step_ms = ?,
        stats = ?, lease_until = iif(?, NULL, lease_until)
      WHERE id = ? AND epoch = ?`),
    saveHour: sql('UPDATE runs SET updated_hour = updated_at / 3600000 WHERE id = ?'),

    // Steps
    insertStep: sql(`
      INSERT INTO steps (run_id, position, lane, line, key, item, head) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    findKey: sql('SELECT 1 FROM steps WHERE run_id = ? AND key = ?'),
    findLane: sql('SELECT 1 FROM steps INDEXED BY steps_in_line WHERE run_id = ? AND lane = ? AND seq IS NULL'),
    hasMoreHeads: sql(`
      SELECT 1 FROM steps INDEXED BY steps_heads WHERE run_id = ? AND head = 1 AND seq IS NULL AND taken_epoch <> ?
      LIMIT 1 OFFSET ?`),
    // As `handOut` wants them. A wait that began in the future began before the clock was set back: it is over, as nobody
    // knows what is left of it.
    listHeads: sql(`
      ${heads('steps_heads', 'due_at', 'due_at IS NULL ORDER BY line, position')}
      UNION ALL
      ${heads('steps_heads', 'due_at', 'due_at IS NOT NULL AND postponed_at <= ?2 ORDER BY due_at, line, position')}
      UNION ALL
      ${heads('steps_waiting', 'NULL', 'due_at IS NOT NULL AND postponed_at > ?2 ORDER BY postponed_at')}`),
    // Of the lane that step ?2 was in before it was recorded or moved.
    findHead: sql(`
      SELECT position, line, item, attempts, iif(postponed_at > ?3, NULL, due_at) AS due_at, failure, head FROM steps
      WHERE run_id = ?1 AND lane = (SELECT lane FROM steps WHERE run_id = ?1 AND position = ?2) AND seq IS NULL
      ORDER BY line, position LIMIT 1`),
    moveUp: sql('UPDATE steps SET head = 1 WHERE run_id = ? AND position = ?'),
    // Of a head that does not wait: no index is written.
    takeHead: sql(`
      UPDATE steps SET attempts = attempts + 1, taken_epoch = ?
      WHERE run_id = ? AND position = ? AND head = 1 AND due_at IS NULL`),
    takeStep: sql(`
      UPDATE steps SET attempts = attempts + 1, taken_epoch = ?, due_at = NULL, head = 1
      WHERE run_id = ? AND position = ?`),
    recordStep: sql(`
      UPDATE steps SET status = ?, seq = ?, failure = ?, note = ?, head = 0
      WHERE run_id = ? AND position = ? AND seq IS NULL`),
    postpone: sql(`
      UPDATE steps SET due_at = ?, postponed_at = ?, failure = coalesce(?, failure), attempts = attempts - ?,
        taken_epoch = 0
      WHERE run_id = ? AND position = ? AND taken_epoch = ? AND seq IS NULL`),
    giveUp: sql(`
      UPDATE steps SET due_at = NULL, failure = ?, taken_epoch = 0 WHERE run_id = ? AND position = ? AND seq IS NULL`),
    moveToEnd: sql('UPDATE steps SET line = ?, head = 0 WHERE run_id = ? AND position = ?'),
    resetStep: sql(`
      UPDATE steps SET attempts = 0, due_at = NULL WHERE run_id = ? AND position = ? AND seq IS NULL`),
    skipStep: sql(`
      UPDATE steps SET status = 'skipped', seq = ?, head = 0
      WHERE run_id = ? AND position = ? AND seq IS NULL`),
    findStep: sql('SELECT * FROM steps WHERE run_id = ? AND position = ?'),
    // As `chooseNext` wants them. A wait that began in the future: see `listHeads`.
    listNext: sql(`
      SELECT steps.*, started_at, delay_ms, delay_until, parked_until, iif(postponed_at > ?2, NULL, due_at) AS due_at,
        EXISTS (SELECT 1 FROM runs WHERE id = ?1 AND epoch = taken_epoch AND lease_until > ?2) AS at_work
      FROM (${firstHeads('due_at IS NULL')} UNION ALL ${firstHeads('due_at IS NOT NULL')}) AS steps
      LEFT JOIN hosts ON host = lane`),

    // Results
    insertRow: sql('INSERT INTO rows (run_id, number, seq, data) VALUES (?, ?, ?, ?)'),
    listRows: sql('SELECT number, data FROM rows WHERE run_id = ? AND number > ? ORDER BY number LIMIT ?'),
    hasFailures: sql(
      'SELECT 1 FROM steps INDEXED BY steps_failed WHERE run_id = ? AND failure IS NOT NULL AND seq IS NOT NULL',
    ),
    listFailures: sql(`
      SELECT * FROM steps WHERE run_id = ? AND failure IS NOT NULL AND seq IS NOT NULL AND status <> 'done' AND seq < ?
      ORDER BY seq DESC LIMIT ?`),
    listSteps: sql(`
      SELECT * FROM steps WHERE run_id = ? AND position > ? AND seq IS NOT NULL ORDER BY position LIMIT ?`),

    // Hosts
    findHost: sql('SELECT started_at, delay_ms, delay_until, parked_until FROM hosts WHERE host = ?'),
    findHostOf: sql(`
      SELECT started_at, delay_ms, delay_until, parked_until FROM steps JOIN hosts ON host = lane
      WHERE run_id = ? AND position = ?`),
    saveHost: sql(`
      INSERT INTO hosts (host, started_at, delay_ms, delay_until) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET
        started_at = excluded.started_at, delay_ms = excluded.delay_ms, delay_until = excluded.delay_until`),
    noteStart: sql('UPDATE hosts SET started_at = ? WHERE host = ?'),
    parkHost: sql(`
      INSERT INTO hosts (host, started_at, delay_ms, delay_until, parked_until) VALUES (?, 0, 0, 0, ?)
      ON CONFLICT DO UPDATE SET parked_until = max(parked_until, excluded.parked_until)`),

    // What runs share
    findShared: sql('SELECT text FROM shared WHERE key = ? AND expires_at > ?'),
    saveShared: sql('INSERT OR REPLACE INTO shared (key, text, expires_at) VALUES (?, ?, ?)'),

    // Keeping house: a run goes at once, what belonged to it bit by bit.
    trashRun: sql('INSERT OR IGNORE INTO trash SELECT id FROM runs WHERE id = ?'),
    trashRuns: sql(`
      INSERT OR IGNORE INTO trash
      SELECT id FROM runs WHERE updated_hour <= ?1 / 3600000 AND updated_at < ?1 LIMIT ?2`),
    deleteTrashedRuns: sql('DELETE FROM runs WHERE id IN (SELECT run_id FROM trash)'),
    deleteTrashedInputs: sql('DELETE FROM inputs WHERE run_id IN (SELECT run_id FROM trash)'),
    deleteTrashedRows: sql(`
      DELETE FROM rows WHERE (run_id, number) IN (
        SELECT rows.run_id, number FROM trash CROSS JOIN rows ON rows.run_id = trash.run_id LIMIT ?)`),
    deleteTrashedSteps: sql(`
      DELETE FROM steps WHERE (run_id, position) IN (
        SELECT steps.run_id, position FROM trash CROSS JOIN steps ON steps.run_id = trash.run_id LIMIT ?)`),
    emptyTrash: sql('DELETE FROM trash'),
    deleteShared: sql('DELETE FROM shared WHERE key IN (SELECT key FROM shared WHERE expires_at < ? LIMIT ?)'),
    deleteSessions: sql(`
      DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ? LIMIT ?)`),
  };
}
