import { LOOKED_AT } from '../../core/lanes.js';
import { LIST_BYTES } from '../../core/store.js';
import { ERROR } from '../columns.js';
import { isHost } from './abuse-log.js';
import type { SqliteDatabase, SqliteStatement } from './database.js';

export type Statements = ReturnType<typeof prepareStatements>;

/** Records that are to be deleted, each with its key in `a` and `b` and with the bytes that it takes; and how one is. */
export interface Doomed {
  readonly list: Pick<SqliteStatement, 'all'>;
  readonly remove: Pick<SqliteStatement, 'run'>;
}

/** Of run ?1, ?5 but for step ?3 and those at work under epoch ?2, which are as many as a job works on at once. */
const heads = (index: string, where: string) => `
  SELECT * FROM (
    SELECT * FROM steps INDEXED BY ${index}
    WHERE run_id = ?1 AND head = 1 AND seq IS NULL AND taken_epoch <> ?2 AND position <> ?3 AND ${where} LIMIT ?5)`;

/** Of run ?1. */
const firstHeads = (where: string) => `
  SELECT * FROM (
    SELECT * FROM steps INDEXED BY steps_heads WHERE run_id = ?1 AND head = 1 AND seq IS NULL AND ${where}
    ORDER BY due_at, line, position LIMIT ${LOOKED_AT})`;

/** Of run ?1, the rows above number ?2 and up to ?3, of which there is none missing. */
const rowsOf = (what: string, more: string) =>
  `SELECT ${what} FROM rows WHERE run_id = ?1 AND number > ?2 AND number <= ?3 ${more}`;

/** Rows of run ?1, one after the other from `first` on: ?3 at most, until they have ?4 bytes. Of what comes then nothing is read. */
const rowsFrom = (first: string, next: '+ 1' | '- 1') => `
  WITH RECURSIVE some(number, data, bytes, count) AS (
    SELECT * FROM (SELECT number, data, octet_length(data), 1 FROM rows WHERE run_id = ?1 AND ${first} LIMIT 1)
    UNION ALL
    SELECT rows.number, rows.data, bytes + octet_length(rows.data), count + 1
    FROM some JOIN rows ON rows.run_id = ?1 AND rows.number = some.number ${next}
    WHERE count < ?3 AND bytes < ?4)
  SELECT number, data FROM some ORDER BY number`;

/** All in one value: libsql makes an object of each record, which takes several times as long. */
const asLines = (rows: string) => `
  SELECT max(number) AS last, CAST(group_concat(data, char(10)) || char(10) AS BLOB) AS lines FROM (${rows})`;

/** Runs with their inputs, in this order: to `LIST_BYTES` of those, whose lengths are known without reading them. */
const runsOf = (where: string) => `
  WITH listed AS (
    SELECT id AS listed_id, octet_length(input) AS bytes FROM runs JOIN inputs ON run_id = id ${where}),
  summed AS (
    SELECT listed_id, place, sum(bytes) OVER (ORDER BY place) - bytes AS bytes_before
    FROM (SELECT *, row_number() OVER () AS place FROM listed))
  SELECT runs.*, input FROM summed
  CROSS JOIN runs ON runs.id = listed_id CROSS JOIN inputs ON run_id = listed_id
  WHERE bytes_before < ${LIST_BYTES} ORDER BY place`;

/** Steps of run ?1, likewise, by their items. A window without an order goes through what is listed as it comes. */
const stepsOf = (where: string) => `
  WITH listed AS (
    SELECT position AS listed_position, octet_length(item) AS bytes FROM steps WHERE run_id = ?1 ${where}),
  summed AS (
    SELECT listed_position, sum(bytes) OVER (ROWS UNBOUNDED PRECEDING) - bytes AS bytes_before FROM listed)
  SELECT steps.* FROM summed CROSS JOIN steps ON run_id = ?1 AND position = listed_position
  WHERE bytes_before < ${LIST_BYTES}`;

/**
 * Every statement of the SQLite store, prepared once, but for those that write a run or a step (`SqliteTable`). Each is for
 * one way of asking: libsql's `get` after an `all` of the same statement ignores the new parameters and answers with the
 * record of the old ones.
 */
export function prepareStatements(db: SqliteDatabase) {
  const one = (text: string): Pick<SqliteStatement, 'get'> => db.prepare(text);
  const many = (text: string): Pick<SqliteStatement, 'all'> => db.prepare(text);
  const write = (text: string): Pick<SqliteStatement, 'run'> => db.prepare(text);
  const trashed = (table: string, number: string, bytes: string): Doomed => ({
    list: many(`
      SELECT ${table}.run_id AS a, ${table}.${number} AS b, ${bytes} AS bytes
      FROM trash CROSS JOIN ${table} ON ${table}.run_id = trash.run_id LIMIT ?`),
    remove: write(`DELETE FROM ${table} WHERE run_id = ? AND ${number} = ?`),
  });
  return {
    // Runs
    insertInput: write('INSERT INTO inputs (run_id, input) VALUES (?, ?)'),
    findRun: one('SELECT * FROM runs WHERE id = ?'),
    findInput: one('SELECT input FROM inputs WHERE run_id = ?'),
    findSharedRun: one('SELECT id FROM runs WHERE share_token = ?'),
    listRuns: many(
      runsOf(`WHERE visitor_id = ? ORDER BY status IN ('running', 'paused', 'failed') DESC, created_at DESC LIMIT ?`),
    ),
    searchRuns: many(
      runsOf(`
      WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR job = ?2) AND (?3 IS NULL OR visitor_id = ?3)
        AND (?4 IS NULL OR network = ?4)
        AND (?5 IS NULL OR instr(input, ?5) > 0
          OR id IN (SELECT id FROM abuse_hosts WHERE ${isHost('host', '?5')}))
      ORDER BY created_at DESC LIMIT ?6`),
    ),
    countByStatus: many('SELECT status, count(*) AS count FROM runs GROUP BY status'),
    countUnfinished: one(`
      SELECT count(*) AS count FROM runs WHERE visitor_id = ? AND status IN (SELECT value FROM json_each(?))`),
    countOfNetwork: one(`
      SELECT count(*) AS count FROM runs WHERE network = ? AND status IN (SELECT value FROM json_each(?))`),
    bytesOfVisitor: one('SELECT coalesce(sum(bytes), 0) AS bytes FROM runs WHERE visitor_id = ?'),
    bytesOfNetwork: one('SELECT coalesce(sum(bytes), 0) AS bytes FROM runs WHERE network = ?'),
    bytesOfAll: one('SELECT coalesce(sum(bytes), 0) AS bytes FROM runs'),
    // Not to NULL: whoever claims next is to know that the holder died.
    // Those that had ended before keep their times: they tell which runs died together.
    endLeases: write('UPDATE runs SET lease_until = ?1 WHERE lease_until > ?1'),
    // A claim that was marked and not written: the run is as it was before.
    claimMarked: write(`
      UPDATE runs SET epoch = ?, lease_until = ?
      WHERE id = ? AND epoch = ? AND lease_until IS NULL AND status = 'running'`),
    takeMarked: write(
      'UPDATE steps SET attempts = ?, taken_epoch = ? WHERE run_id = ? AND position = ? AND seq IS NULL',
    ),
    listAbandonedRuns: many(`
      SELECT * FROM runs INDEXED BY runs_running
      WHERE status = 'running' AND lease_until BETWEEN ? AND ? AND id <> ? LIMIT 1000`),
    listIdle: many(`
      SELECT * FROM runs INDEXED BY runs_running
      WHERE status = 'running' AND background AND (lease_until IS NULL OR lease_until <= ?1) AND updated_at <= ?1 - ?2
        AND id NOT IN (SELECT value FROM json_each(?3))
      ORDER BY updated_at LIMIT ?4`),
    // What the index by age is on: one on updated_at itself would have to be written at every step.
    saveHour: write('UPDATE runs SET updated_hour = updated_at / 3600000 WHERE id = ?'),

    // Steps
    findStep: one('SELECT * FROM steps WHERE run_id = ? AND position = ?'),
    findKey: one('SELECT 1 FROM steps WHERE run_id = ? AND key = ?'),
    hasNext: one(`
      SELECT 1 FROM steps INDEXED BY steps_in_line
      WHERE run_id = ? AND lane = ? AND seq IS NULL AND position <> ? LIMIT 1`),
    listNext: many(`
      SELECT * FROM steps INDEXED BY steps_in_line
      WHERE run_id = ? AND lane = ? AND seq IS NULL AND position <> ? ORDER BY line, position LIMIT ?`),
    hasHeads: one(`
      SELECT 1 FROM steps INDEXED BY steps_heads
      WHERE run_id = ? AND head = 1 AND seq IS NULL AND taken_epoch <> ? AND position <> ? LIMIT 1`),
    hasMoreHeads: one(`
      SELECT 1 FROM steps INDEXED BY steps_heads WHERE run_id = ? AND head = 1 AND seq IS NULL LIMIT 1 OFFSET 1`),
    // As `handOut` wants them; those whose wait began in the future need not wait.
    listHeads: many(`
      ${heads('steps_heads', 'due_at IS NULL ORDER BY line, position')}
      UNION ALL
      ${heads('steps_heads', 'due_at IS NOT NULL AND postponed_at <= ?4 ORDER BY due_at, line, position')}
      UNION ALL
      ${heads('steps_waiting', 'due_at IS NOT NULL AND postponed_at > ?4 ORDER BY postponed_at')}`),
    listAbandoned: many(`
      SELECT * FROM steps INDEXED BY steps_heads
      WHERE run_id = ? AND head = 1 AND seq IS NULL AND taken_epoch NOT IN (0, ?)`),
    listUpcoming: many(`${firstHeads('due_at IS NULL')} UNION ALL ${firstHeads('due_at IS NOT NULL')}`),

    // Results
    // One that was written ahead of a change that was not made may be there.
    insertRow: write('INSERT OR REPLACE INTO rows (run_id, number, seq, data) VALUES (?, ?, ?, ?)'),
    findLongerRow: one(rowsOf('1 AS found', 'AND octet_length(data) > ?4 LIMIT 1')),
    readRows: one(asLines(rowsOf('number, data', 'ORDER BY number'))),
    readRowsAfter: one(asLines(rowsFrom('number > ?2 ORDER BY number', '+ 1'))),
    readRowsBefore: one(asLines(rowsFrom('number < ?2 ORDER BY number DESC', '- 1'))),
    hasFailures: one(
      'SELECT 1 FROM steps INDEXED BY steps_failed WHERE run_id = ? AND failure IS NOT NULL AND seq IS NOT NULL',
    ),
    listFailures: many(
      stepsOf(`
        AND failure IS NOT NULL AND seq IS NOT NULL AND status <> 'done' AND seq < ?2 ORDER BY seq DESC LIMIT ?3`),
    ),
    listSteps: many(stepsOf('AND position > ?2 AND seq IS NOT NULL ORDER BY position LIMIT ?3')),

    // Errors
    insertError: write(`
      INSERT INTO errors (run_id, number, ${ERROR.names})
      VALUES (?, ?, ${ERROR.all.map(() => '?').join(', ')})`),
    deleteOldError: write('DELETE FROM errors WHERE run_id = ? AND number <= ?'),
    listErrors: many(`SELECT ${ERROR.names} FROM errors WHERE run_id = ? ORDER BY number DESC`),
    listNewestErrors: many(`
      SELECT run_id, job, ${ERROR.all.map(({ name }) => `errors.${name}`).join(', ')}
      FROM errors JOIN runs ON id = run_id ORDER BY at DESC, number DESC LIMIT ?`),

    // Rate limits
    findLimit: one('SELECT * FROM rate_limits WHERE key = ?'),
    saveLimit: write(
      'INSERT OR REPLACE INTO rate_limits (key, started_at, delay_ms, delay_until, paused_until) VALUES (?, ?, ?, ?, ?)',
    ),

    // Cache
    readCache: one('SELECT text FROM cache WHERE key = ? AND expires_at > ?'),
    writeCache: write(`
      INSERT OR REPLACE INTO cache (key, text, expires_at)
      SELECT ?1, ?2, ?3 WHERE ?4 IS NULL OR EXISTS (SELECT 1 FROM runs WHERE id = ?4)`),
    deleteCachedBelow: write('DELETE FROM cache WHERE substr(key, 1, length(?1)) = ?1'),
    deleteCachedOfRun: write(`DELETE FROM cache WHERE key >= ?1 || ':' AND key < ?1 || ';'`),
    // What expires last stays.
    trimCache: write(`
      DELETE FROM cache WHERE key IN (
        SELECT key FROM (
          SELECT key, sum(octet_length(text)) OVER (ORDER BY expires_at DESC, key) AS bytes
          FROM cache WHERE key >= ?1 AND key < ?1 || char(1114111))
        WHERE bytes > ?2)`),

    // Keeping house: a run goes at once, what belonged to it bit by bit.
    trash: write('INSERT OR IGNORE INTO trash (run_id) VALUES (?)'),
    untrash: write('DELETE FROM trash WHERE run_id = ?'),
    trashRuns: write(`
      INSERT OR IGNORE INTO trash
      SELECT id FROM runs WHERE updated_hour <= ?1 / 3600000 AND updated_at < ?1 LIMIT ?2`),
    deleteTrashedRuns: write('DELETE FROM runs WHERE id IN (SELECT run_id FROM trash)'),
    linkUpload: write('INSERT OR IGNORE INTO run_uploads (run_id, upload_id) VALUES (?, ?)'),
    unlinkTrashedUploads: write('DELETE FROM run_uploads WHERE run_id IN (SELECT run_id FROM trash)'),
    trashUploads: write(`
      INSERT OR IGNORE INTO trash
      SELECT id FROM uploads WHERE created_at < ? AND id NOT IN (SELECT upload_id FROM run_uploads) LIMIT ?`),
    deleteTrashedUploads: write('DELETE FROM uploads WHERE id IN (SELECT run_id FROM trash)'),
    trashed: [
      trashed('rows', 'number', 'octet_length(data)'),
      trashed('steps', 'position', 'octet_length(item)'),
      trashed('errors', 'number', 'octet_length(stack)'),
      trashed('inputs', 'run_id', 'octet_length(input)'),
      trashed('file_pieces', 'rowid', 'octet_length(bytes)'),
      {
        // What was cached for a run alone; between the colon and the character after it.
        list: many(`
          SELECT key AS a, key AS b, octet_length(text) AS bytes
          FROM trash CROSS JOIN cache ON key >= run_id || ':' AND key < run_id || ';' LIMIT ?`),
        remove: write('DELETE FROM cache WHERE key = ? AND key = ?'),
      },
    ],
    /** Once their pieces are gone. */
    deleteTrashedFiles: write('DELETE FROM files WHERE run_id IN (SELECT run_id FROM trash)'),
    expired: {
      list: many('SELECT key AS a, key AS b, octet_length(text) AS bytes FROM cache WHERE expires_at < ?2 LIMIT ?1'),
      remove: write('DELETE FROM cache WHERE key = ? AND key = ?'),
    },
    deleteInput: write('DELETE FROM inputs WHERE run_id = ?'),
    emptyTrash: write('DELETE FROM trash'),
    deleteLimits: write(`
      DELETE FROM rate_limits WHERE key IN (
        SELECT key FROM rate_limits
        WHERE started_at < ?1 - ?2 AND delay_until < ?1 - ?2 AND paused_until < ?1 - ?2 LIMIT ?3)`),
    deleteSessions: write(`
      DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ? LIMIT ?)`),
  };
}
