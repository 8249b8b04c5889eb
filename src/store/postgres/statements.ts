import { createHash } from 'node:crypto';
import { LOOKED_AT } from '../../core/lanes.js';
import { KEPT_ERRORS, LIST_BYTES } from '../../core/store.js';
import { type Column, type Columns, ERROR, RUN, STEP } from '../columns.js';

// Every statement of the PostgreSQL store.

/**
 * Its name tells the text, too: behind a pooler another process has prepared its own on the same connection, maybe of another
 * version.
 */
export const sql = (name: string, text: string) => ({
  name: `${name} ${createHash('sha256').update(text).digest('base64url').slice(0, 8)}`,
  text,
});
/** The frozen time in `$n`, or else the database's clock. */
export const now = (n: number) => `coalesce($${n}::bigint, tobiishi.now_ms())`;
/** Reads records from JSON in `$n`: an array of them, each by its columns. */
export const records = (n: number, table: string) => `json_populate_recordset(NULL::tobiishi.${table}, $${n}::json)`;
const changing = <T extends object>(columns: Columns<T>) =>
  columns.changing.map(({ name }) => `${name} = new.${name}`).join(', ');
/** Read once, so that an index can be searched for it. */
export const start = (n: number) => `(SELECT ${now(n)})`;

/** Whether a host is the one that is looked for, or below it. */
export const isHost = (host: string, wanted: string) =>
  `right('.' || ${host}, length('.' || ${wanted}::text)) = '.' || ${wanted}::text`;

export const newerVersion = sql('newer-version', 'SELECT FROM tobiishi.migrations WHERE version > $1 LIMIT 1');

// Runs

/** By the database's clock, which is asked for when the run is inserted. */
const STARTED_NOW = ['createdAt', 'updatedAt', 'activeSince'];
const atStart = ({ field, name }: Column) => (STARTED_NOW.includes(field) ? 'now' : `new.${name}`);

export const lockVisitor = sql('lock-visitor', 'SELECT pg_advisory_xact_lock(7064731, hashtext($1))');
/** $1 the run as JSON, $2 its input, $3 the statuses of which the visitor may have no more than $4 runs and the
 * network $6, $5 frozen time. */
export const insertRun = sql(
  'insert-run',
  `WITH clock AS MATERIALIZED (SELECT ${now(5)} AS now),
  run AS (
    INSERT INTO tobiishi.runs (${RUN.names})
    SELECT ${RUN.all.map(atStart).join(', ')} FROM clock, ${records(1, 'runs')} AS new
    WHERE (SELECT count(*) FROM tobiishi.runs WHERE visitor_id = new.visitor_id AND status = ANY($3::text[])) < $4
      AND (new.network IS NULL OR
        (SELECT count(*) FROM tobiishi.runs WHERE network = new.network AND status = ANY($3::text[])) < $6)
    RETURNING *
  ), input AS (
    INSERT INTO tobiishi.inputs (run_id, input) SELECT id, $2 FROM run RETURNING input
  )
  SELECT run.*, input FROM run, input`,
);
export const countByStatus = sql(
  'count-by-status',
  'SELECT status, count(*) AS count FROM tobiishi.runs GROUP BY status',
);
/** Of all tables of ours, their indexes included. */
export const schemaBytes = sql(
  'schema-bytes',
  `SELECT sum(pg_total_relation_size(c.oid))::bigint AS bytes FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = 'tobiishi' AND relkind = 'r'`,
);
export const countUnfinished = sql(
  'count-unfinished',
  'SELECT count(*) AS count FROM tobiishi.runs WHERE visitor_id = $1 AND status = ANY($2::text[])',
);
/** $1 the steps as JSON, $2 their run: none are inserted unless that is there. */
export const insertSteps = sql(
  'insert-steps',
  `INSERT INTO tobiishi.steps (${STEP.names}) SELECT ${STEP.names} FROM ${records(1, 'steps')}
  WHERE EXISTS (SELECT FROM tobiishi.runs WHERE id = $2)`,
);
export const findRun = sql('find-run', 'SELECT * FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id WHERE id = $1');
/** Runs with their inputs, in this order: to `LIST_BYTES` of those, whose lengths are known without reading them. */
const runsOf = (where: string) => `
  WITH listed AS (
    SELECT id AS listed_id, octet_length(input) AS bytes
    FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id ${where}),
  summed AS (
    SELECT listed_id, place, sum(bytes) OVER (ORDER BY place) - bytes AS bytes_before
    FROM (SELECT *, row_number() OVER () AS place FROM listed) AS numbered)
  SELECT runs.*, input FROM summed
  JOIN tobiishi.runs ON runs.id = listed_id JOIN tobiishi.inputs ON run_id = listed_id
  WHERE bytes_before < ${LIST_BYTES} ORDER BY place`;
/** Steps of run $1, likewise, by their items. */
const stepsOf = (where: string) => `
  WITH listed AS (
    SELECT position AS listed_position, octet_length(item) AS bytes FROM tobiishi.steps WHERE run_id = $1 ${where}),
  summed AS (
    SELECT listed_position, place, sum(bytes) OVER (ORDER BY place) - bytes AS bytes_before
    FROM (SELECT *, row_number() OVER () AS place FROM listed) AS numbered)
  SELECT steps.* FROM summed JOIN tobiishi.steps ON run_id = $1 AND position = listed_position
  WHERE bytes_before < ${LIST_BYTES} ORDER BY place`;

export const listRuns = sql(
  'list-runs',
  runsOf(`WHERE visitor_id = $1
    ORDER BY status IN ('running', 'paused', 'failed') DESC, created_at DESC LIMIT $2`),
);

const bytes = (name: string, where = '') =>
  sql(name, `SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM tobiishi.runs ${where}`);
export const bytesOfVisitor = bytes('bytes-of-visitor', 'WHERE visitor_id = $1');
export const bytesOfNetwork = bytes('bytes-of-network', 'WHERE network = $1');
export const bytesOfAll = bytes('bytes-of-all');

export const searchRuns = sql(
  'search-runs',
  runsOf(`WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR job = $2) AND ($3::text IS NULL OR visitor_id = $3)
    AND ($4::text IS NULL OR network = $4)
    AND ($5::text IS NULL OR strpos(input::text, $5) > 0
      OR id IN (SELECT id FROM tobiishi.abuse_hosts WHERE ${isHost('host', '$5')}))
  ORDER BY created_at DESC LIMIT $6`),
);

export const deleteRun = sql(
  'delete-run',
  `WITH run AS (DELETE FROM tobiishi.runs WHERE id = $1 RETURNING id),
  input AS (DELETE FROM tobiishi.inputs WHERE run_id IN (SELECT id FROM run)),
  cached AS (DELETE FROM tobiishi.cache WHERE starts_with(key, $1 || ':'))
  INSERT INTO tobiishi.trash SELECT id FROM run`,
);
export const findSharedRun = sql(
  'find-shared-run',
  'SELECT * FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id WHERE share_token = $1',
);

// Changes

export const lockRun = sql('lock-run', 'SELECT FROM tobiishi.runs WHERE id = $1 FOR UPDATE');

/** Of the run in $1, those that are not at work under epoch $3, the step in question ($4) left out. */
const heads = (where: string) => `
      (SELECT * FROM tobiishi.steps
      WHERE run_id = $1 AND head AND seq IS NULL AND taken_epoch <> coalesce($3::bigint, -1)
        AND position <> coalesce($4::bigint, 0) AND ${where} LIMIT $7::bigint + 1)`;

/**
 * The first step that waits besides the head of its lane that has this place. What a plan adds later may stand before a head that
 * was put at the end, whose line is no longer its position. Any other lane is searched from the head on: before it are the
 * index entries of all that was recorded since the last VACUUM.
 */
const nextInLane = (run: string, lane: string, line: string, position: string) => `
      FROM tobiishi.steps AS s
      WHERE s.run_id = ${run} AND s.seq IS NULL AND s.lane = ${lane} AND s.position <> ${position}
        AND (s.line, s.position) > (CASE WHEN ${line} = ${position} THEN ${line} ELSE 0 END, ${position})
      ORDER BY s.line, s.position LIMIT 1`;

/**
 * All that a change of a run is decided from (`Facts`), as of one moment: $1 run, $2 frozen time, $3 the epoch it must have
 * (or null), $4 position of the step in question (null: the one that gave up), $5 keys of new items, $6 their lanes, $7
 * how many steps are wanted besides (below 0: none, not even looked for). Whether a lane is busy is asked from its end, where
 * steps wait.
 */
export const load = sql(
  'load',
  `WITH clock AS MATERIALIZED (SELECT ${now(2)} AS now),
  step AS MATERIALIZED (
    SELECT * FROM tobiishi.steps
    WHERE run_id = $1 AND position = coalesce($4::bigint, (SELECT gave_up_position FROM tobiishi.runs WHERE id = $1))
  ), next AS (
    SELECT next.* FROM step CROSS JOIN LATERAL (
      SELECT * ${nextInLane('$1', 'step.lane', 'step.line', 'step.position')}) AS next
    WHERE step.head
  ), heads AS (
    SELECT head.* FROM clock CROSS JOIN LATERAL (
      ${heads('due_at IS NULL ORDER BY due_at NULLS FIRST, line, position')}
      UNION ALL
      ${heads('due_at IS NOT NULL AND postponed_at <= now ORDER BY due_at NULLS FIRST, line, position')}
      UNION ALL
      ${heads('due_at IS NOT NULL AND postponed_at > now ORDER BY postponed_at')}
    ) AS head
  )
  SELECT runs.*, clock.now, (SELECT max(migrations.version) FROM tobiishi.migrations) AS schema,
    (SELECT row_to_json(step) FROM step) AS step,
    (SELECT row_to_json(next) FROM next) AS next,
    (SELECT json_agg(heads) FROM heads) AS heads,
    (SELECT json_agg(known.key) FROM unnest($5::text[]) AS new (key) CROSS JOIN LATERAL (
      SELECT s.key FROM tobiishi.steps AS s WHERE s.run_id = $1 AND s.key = new.key LIMIT 1) AS known) AS keys,
    (SELECT json_agg(busy.lane) FROM unnest($6::text[]) AS new (lane) CROSS JOIN LATERAL (
      SELECT s.lane FROM tobiishi.steps AS s
      WHERE s.run_id = $1 AND s.seq IS NULL AND s.lane = new.lane AND s.position <> coalesce($4::bigint, 0)
      ORDER BY s.line DESC, s.position DESC LIMIT 1) AS busy) AS busy_lanes
  FROM tobiishi.runs, clock WHERE id = $1 AND ($3::bigint IS NULL OR epoch = $3)`,
);

/**
 * Writes a whole change, or nothing when the run has another revision than the one it was decided from ($2). Every
 * change of a run and of its steps raises the revision, so that nothing it was decided from can have changed. Records come
 * as JSON: $1 the run, $3 changed steps, $4 new ones; $5 are rows, of which the run had $6. `OFFSET 0` keeps the planner
 * from reading every step of the run to find the few that it is about. Answers the time ($7 frozen), and what stood in lane $8
 * besides the head at line $9 and position $10. Unless $11, the commit does not wait for the disk.
 */
const saving = (more = '') => `
  WITH run AS (
    UPDATE tobiishi.runs AS r SET revision = r.revision + 1, ${changing(RUN)}
    FROM ${records(1, 'runs')} AS new WHERE r.id = new.id AND r.revision = $2
    RETURNING r.id, r.seq, r.error_count
  ), steps AS (
    UPDATE tobiishi.steps AS s SET ${changing(STEP)}
    FROM (SELECT new.* FROM run, ${records(3, 'steps')} AS new OFFSET 0) AS new
    WHERE s.run_id = new.run_id AND s.position = new.position
  ), added AS (
    INSERT INTO tobiishi.steps (${STEP.names}) SELECT ${STEP.names} FROM ${records(4, 'steps')} WHERE EXISTS (SELECT FROM run)
  ), rows AS (
    INSERT INTO tobiishi.rows (run_id, number, seq, data)
    SELECT run.id, $6::bigint + number, run.seq, data
    FROM run, unnest($5::text[]) WITH ORDINALITY AS new (data, number)
  )${more}
  SELECT ${now(7)} AS now, (
    SELECT row_to_json(s) ${nextInLane('run.id', '$8', '$9::bigint', '$10::bigint')}) AS following,
    CASE WHEN NOT $11 THEN set_config('synchronous_commit', 'off', true) END
  FROM run`;
export const save = sql('save', saving());
/** With an error in $12, in the place of the oldest one kept. */
export const saveWithError = sql(
  'save-with-error',
  saving(`, error AS (
    INSERT INTO tobiishi.errors (run_id, number, ${ERROR.names})
    SELECT run.id, run.error_count, ${ERROR.all.map(({ name }) => `new.${name}`).join(', ')}
    FROM run, ${records(12, 'errors')} AS new
  ), old_error AS (
    DELETE FROM tobiishi.errors AS e USING run WHERE e.run_id = run.id AND e.number = run.error_count - ${KEPT_ERRORS}
  )`),
);

// Reading

const firstHeads = (where: string) => `
    (SELECT * FROM tobiishi.steps WHERE run_id = $1 AND head AND seq IS NULL AND $3::bigint IS NULL AND ${where}
    ORDER BY due_at NULLS FIRST, line, position LIMIT ${LOOKED_AT})`;
/** Each with whether somebody works on it. */
export const listUpcoming = sql(
  'list-upcoming',
  `WITH clock AS MATERIALIZED (SELECT ${now(2)} AS now),
  heads AS (
    SELECT * FROM tobiishi.steps WHERE run_id = $1 AND position = $3::bigint
    UNION ALL ${firstHeads('due_at IS NULL')} UNION ALL ${firstHeads('due_at IS NOT NULL')}
  )
  SELECT heads.*, now,
    EXISTS (SELECT FROM tobiishi.runs WHERE id = $1 AND epoch = taken_epoch AND lease_until > now) AS at_work
  FROM heads CROSS JOIN clock`,
);
export const listAbandoned = sql(
  'list-abandoned',
  `SELECT * FROM tobiishi.steps
  WHERE run_id = $1 AND head AND seq IS NULL AND taken_epoch NOT IN (0, $2::bigint)`,
);
export const listAbandonedRuns = sql(
  'list-abandoned-runs',
  `SELECT * FROM tobiishi.runs
  WHERE status = 'running' AND lease_until BETWEEN $1::bigint AND $2::bigint AND id <> $3 LIMIT 1000`,
);
export const listIdle = sql(
  'list-idle',
  `SELECT runs.* FROM tobiishi.runs, (SELECT ${now(1)} AS now) AS clock
  WHERE status = 'running' AND background AND (lease_until IS NULL OR lease_until <= now) AND updated_at <= now - $2::bigint
    AND id <> ALL($3::text[])
  ORDER BY updated_at LIMIT $4`,
);
/** Of run $1, in that order from $2 on: $3 at most, until they have $4 bytes. */
const someRows = (where: string, order: string) => `SELECT number, data FROM (
    SELECT number, data, sum(length(data::text)) OVER (ORDER BY ${order}) - length(data::text) AS bytes_before
    FROM tobiishi.rows WHERE run_id = $1 AND ${where} ORDER BY ${order} LIMIT $3
  ) AS listed WHERE bytes_before < $4::bigint ORDER BY number`;
export const listRows = sql('list-rows', someRows('number > $2', 'number'));
export const readRows = sql(
  'read-rows',
  `SELECT max(number) AS last, string_agg(data, E'\\n' ORDER BY number) AS lines
  FROM (${someRows('number > $2', 'number')}) AS read`,
);
export const listRowsBefore = sql('list-rows-before', someRows('number < $2', 'number DESC'));
export const listFailures = sql(
  'list-failures',
  stepsOf(`AND failure IS NOT NULL AND seq IS NOT NULL AND status <> 'done' AND seq < $2::bigint
    ORDER BY seq DESC LIMIT $3`),
);
export const listSteps = sql('list-steps', stepsOf('AND position > $2 AND seq IS NOT NULL ORDER BY position LIMIT $3'));

export const listErrors = sql(
  'list-errors',
  `SELECT ${ERROR.names} FROM tobiishi.errors WHERE run_id = $1 ORDER BY number DESC`,
);

/** With the runs that they are of. */
export const listNewestErrors = sql(
  'list-newest-errors',
  `SELECT run_id, job, ${ERROR.all.map(({ name }) => `e.${name}`).join(', ')}
  FROM tobiishi.errors AS e JOIN tobiishi.runs ON id = run_id ORDER BY at DESC, number DESC LIMIT $1`,
);

// Rate limits

/** Makes the key known and locks it, so that who asks next waits for this answer; the clock is read after that. */
export const lockLimit = sql(
  'lock-limit',
  `INSERT INTO tobiishi.rate_limits (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET key = excluded.key
  RETURNING *, ${now(2)} AS now`,
);
export const saveLimit = sql(
  'save-limit',
  `UPDATE tobiishi.rate_limits SET started_at = $2, delay_ms = $3, delay_until = $4, paused_until = $5 WHERE key = $1`,
);
/** In the order of the keys in $1; `started_at` is null for one that was never asked for. */
export const listLimits = sql(
  'list-limits',
  `SELECT l.*, ${now(2)} AS now FROM unnest($1::text[]) WITH ORDINALITY AS wanted (key, place)
  LEFT JOIN tobiishi.rate_limits AS l ON l.key = wanted.key ORDER BY place`,
);

// What runs and processes share

export const readCache = sql('read-cache', `SELECT text FROM tobiishi.cache WHERE key = $1 AND expires_at > ${now(2)}`);
export const writeCache = sql(
  'write-cache',
  `INSERT INTO tobiishi.cache (key, text, expires_at)
  SELECT $1, $2, ${now(4)} + $3::bigint WHERE $5::text IS NULL OR EXISTS (SELECT FROM tobiishi.runs WHERE id = $5)
  ON CONFLICT (key) DO UPDATE SET text = excluded.text, expires_at = excluded.expires_at`,
);
export const deleteCachedBelow = sql('delete-cached-below', 'DELETE FROM tobiishi.cache WHERE starts_with(key, $1)');
/** Those whose keys begin with $1 keep to $2 bytes; what expires last stays. */
export const trimCache = sql(
  'trim-cache',
  `DELETE FROM tobiishi.cache WHERE key IN (
    SELECT key FROM (
      SELECT key, sum(octet_length(text)) OVER (ORDER BY expires_at DESC, key) AS bytes
      FROM tobiishi.cache WHERE starts_with(key, $1)) AS kept
    WHERE bytes > $2::bigint)`,
);
export const makeSetting = sql(
  'make-setting',
  'INSERT INTO tobiishi.settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING',
);
export const findSetting = sql('find-setting', 'SELECT value FROM tobiishi.settings WHERE name = $1');

// Keeping house: a run goes at once, what belonged to it bit by bit. Several processes may do it at the same time.

export const deleteSessions = sql(
  'delete-sessions',
  `DELETE FROM tobiishi.sessions WHERE sid IN (
    SELECT sid FROM tobiishi.sessions WHERE expire < to_timestamp(${start(1)} / 1000.0) LIMIT $2
    FOR UPDATE SKIP LOCKED)`,
);
export const deleteCached = sql(
  'delete-cached',
  `DELETE FROM tobiishi.cache WHERE key IN (
    SELECT key FROM tobiishi.cache WHERE expires_at < ${start(1)} LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);
/** $1 frozen time, $2 how many, $3 for how many milliseconds they are kept. */
export const deleteLimits = sql(
  'delete-limits',
  `DELETE FROM tobiishi.rate_limits WHERE key IN (
    SELECT key FROM tobiishi.rate_limits
    WHERE greatest(started_at, delay_until, paused_until) < ${start(1)} - $3::bigint LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);
export const deleteRates = sql(
  'delete-rates',
  `DELETE FROM tobiishi.rates WHERE key IN (
    SELECT key FROM tobiishi.rates WHERE expire < ${start(1)} LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);
export const trashRuns = sql(
  'trash-runs',
  `WITH old AS (
    DELETE FROM tobiishi.runs WHERE id IN (
      SELECT id FROM tobiishi.runs
      WHERE updated_hour <= (${start(1)} - $3::bigint) / 3600000 AND updated_at < ${start(1)} - $3::bigint
      LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id
  )
  INSERT INTO tobiishi.trash SELECT id FROM old ON CONFLICT DO NOTHING`,
);
/** What was cached for a run alone; between the colon and the character after it. */
export const deleteTrashedCache = sql(
  'delete-trashed-cache',
  `DELETE FROM tobiishi.cache AS c USING tobiishi.trash
  WHERE c.key >= run_id || ':' AND c.key < run_id || ';'`,
);
/** Of trashed runs, $1 records at most, and no more than $2 bytes but for the last. What texts take is known without them. */
const deleteTrashed = (table: string, number: string, text: string) =>
  sql(
    `delete-trashed-${table}`,
    `DELETE FROM tobiishi.${table} WHERE (run_id, ${number}) IN (
      SELECT run_id, number FROM (
        SELECT run_id, number, sum(bytes) OVER (ORDER BY run_id, number) - bytes AS bytes_before FROM (
          SELECT t.run_id, t.${number} AS number, octet_length(t.${text}) AS bytes
          FROM tobiishi.trash JOIN tobiishi.${table} AS t USING (run_id) LIMIT $1
          FOR UPDATE OF t SKIP LOCKED) AS listed) AS summed
      WHERE bytes_before < $2)`,
  );
export const deleteTrashedRows = deleteTrashed('rows', 'number', 'data');
export const deleteTrashedSteps = deleteTrashed('steps', 'position', 'item');
export const deleteTrashedErrors = deleteTrashed('errors', 'number', 'stack');
export const deleteTrashedInputs = deleteTrashed('inputs', 'run_id', 'input');
export const linkUploads = sql(
  'link-uploads',
  `INSERT INTO tobiishi.run_uploads (run_id, upload_id) SELECT id, unnest($2::text[]) FROM tobiishi.runs WHERE id = $1
  ON CONFLICT DO NOTHING`,
);
export const unlinkTrashedUploads = sql(
  'unlink-trashed-uploads',
  'DELETE FROM tobiishi.run_uploads WHERE run_id IN (SELECT run_id FROM tobiishi.trash)',
);
/** $1 frozen time, $2 how many, $3 for how many milliseconds they are kept without a run. */
export const trashUploads = sql(
  'trash-uploads-by-age',
  `WITH old AS (
    DELETE FROM tobiishi.uploads WHERE id IN (
      SELECT id FROM tobiishi.uploads AS u WHERE created_at < ${start(1)} - $3::bigint
        AND NOT EXISTS (SELECT FROM tobiishi.run_uploads WHERE upload_id = u.id)
      LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id
  )
  INSERT INTO tobiishi.trash SELECT id FROM old ON CONFLICT DO NOTHING`,
);
/** Each has 64 KB at most. */
export const deleteTrashedPieces = sql(
  'delete-trashed-pieces',
  `DELETE FROM tobiishi.file_pieces WHERE (run_id, position, attempt, number, piece) IN (
    SELECT p.run_id, p.position, p.attempt, p.number, p.piece
    FROM tobiishi.trash JOIN tobiishi.file_pieces AS p USING (run_id) LIMIT $1 FOR UPDATE OF p SKIP LOCKED)`,
);
export const deleteTrashedFiles = sql(
  'delete-trashed-files',
  `DELETE FROM tobiishi.files AS f USING tobiishi.trash AS t WHERE f.run_id = t.run_id
    AND NOT EXISTS (SELECT FROM tobiishi.file_pieces WHERE run_id = t.run_id)`,
);
export const emptyTrash = sql(
  'empty-trash',
  `DELETE FROM tobiishi.trash AS t WHERE NOT EXISTS (SELECT FROM tobiishi.steps WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.rows WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.files WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.errors WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.file_pieces WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.inputs WHERE run_id = t.run_id)`,
);
