import { LOOKED_AT } from '../decisions.js';

/** Every statement of the PostgreSQL store. `NOW` is the frozen time in `$n`, or else the database's clock. */
const sql = (name: string, text: string) => ({ name, text });
const now = (n: number) => `coalesce($${n}::bigint, tobiishi.now_ms())`;
/** Read once, so that an index can be searched for it. */
const start = (n: number) => `(SELECT ${now(n)})`;

export const newerVersion = sql('newer-version', 'SELECT FROM tobiishi.migrations WHERE version > $1 LIMIT 1');

// Runs

export const lockVisitor = sql('lock-visitor', 'SELECT pg_advisory_xact_lock(7064731, hashtext($1))');
export const insertRun = sql(
  'insert-run',
  `WITH clock AS MATERIALIZED (SELECT ${now(10)} AS now),
  run AS (
    INSERT INTO tobiishi.runs (id, visitor_id, job, version, status, total, max_total, dropped_count,
                               created_at, updated_at, active_since)
    SELECT $1, $2, $3, $4, 'running', $5, $6, $7, now, now, now FROM clock
    WHERE (SELECT count(*) FROM tobiishi.runs WHERE visitor_id = $2 AND status = ANY($8::text[])) < $11
    RETURNING *
  ), input AS (
    INSERT INTO tobiishi.inputs (run_id, input) SELECT id, $9 FROM run RETURNING input
  )
  SELECT run.*, input FROM run, input`,
);
export const insertSteps = sql(
  'insert-steps',
  `INSERT INTO tobiishi.steps (run_id, position, lane, line, key, item, head)
  SELECT $1, position, lane, position, key, item, head
  FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[]) AS new (position, lane, key, item, head)`,
);
export const findRun = sql('find-run', 'SELECT * FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id WHERE id = $1');
export const listRuns = sql(
  'list-runs',
  `SELECT * FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id
  WHERE visitor_id = $1
  ORDER BY status IN ('running', 'paused', 'failed') DESC, created_at DESC LIMIT $2`,
);

export const deleteRun = sql(
  'delete-run',
  `WITH run AS (DELETE FROM tobiishi.runs WHERE id = $1 RETURNING id),
  input AS (DELETE FROM tobiishi.inputs WHERE run_id IN (SELECT id FROM run))
  INSERT INTO tobiishi.trash SELECT id FROM run`,
);
export const shareRun = sql('share-run', 'UPDATE tobiishi.runs SET share_token = $2 WHERE id = $1');
export const findSharedRun = sql(
  'find-shared-run',
  'SELECT * FROM tobiishi.runs JOIN tobiishi.inputs ON run_id = id WHERE share_token = $1',
);

// Claims

// A lease that ends later than a fresh one would was written before the clock was set back: it is void. The clock is
// read anew after waiting for another claim, so that a lease granted meanwhile never looks like one.
export const claim = sql(
  'claim',
  `UPDATE tobiishi.runs SET epoch = epoch + 1, revision = revision + 1, lease_until = ${now(4)} + $3::bigint
  WHERE id = $1 AND status = 'running' AND seq = $2
    AND (lease_until IS NULL OR lease_until <= ${now(4)} OR lease_until > ${now(4)} + $3::bigint)
    AND NOT EXISTS (SELECT FROM tobiishi.migrations WHERE migrations.version > $5)
  RETURNING epoch`,
);
// A claim that was released stays so: what renews it and what releases it are on different connections, in any order.
export const renew = sql(
  'renew',
  `UPDATE tobiishi.runs SET lease_until = ${now(4)} + $3::bigint
  WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL`,
);
export const release = sql('release', 'UPDATE tobiishi.runs SET lease_until = NULL WHERE id = $1 AND epoch = $2');

// Changes

export const lockRun = sql('lock-run', 'SELECT FROM tobiishi.runs WHERE id = $1 FOR UPDATE');

/** Of the run in $1, those that are not at work under epoch $3, the step in question ($4) left out. */
const heads = (dueAt: string, where: string) => `
      (SELECT position, line, item, attempts, ${dueAt} AS due_at, failure FROM tobiishi.steps
      WHERE run_id = $1 AND head AND seq IS NULL AND taken_epoch <> $3::bigint AND position <> coalesce($4::bigint, 0)
        AND ${where} LIMIT $7::bigint + 1)`;

/**
 * All that a change of a run is decided from, as of one moment: $1 run, $2 frozen time, $3 the epoch it must have (or
 * null), $4 position of the step in question (null: the one that gave up), $5 keys of new items, $6 their lanes, $7
 * how many steps are wanted besides (below 0: none, not even looked for).
 *
 * `heads` are as `handOut` wants them. A wait that began in the future began before the clock was set back: it is over, as
 * nobody knows what is left of it. `next` is what becomes a head when the step in question no longer is one.
 */
export const load = sql(
  'load',
  `WITH clock AS MATERIALIZED (SELECT ${now(2)} AS now),
  step AS MATERIALIZED (
    SELECT * FROM tobiishi.steps
    WHERE run_id = $1 AND position = coalesce($4::bigint, (SELECT gave_up_position FROM tobiishi.runs WHERE id = $1))
  ), next AS (
    SELECT next.* FROM step CROSS JOIN clock CROSS JOIN LATERAL (
      SELECT position, line, item, attempts, CASE WHEN postponed_at > now THEN NULL ELSE due_at END AS due_at, failure
      FROM tobiishi.steps AS s
      WHERE s.run_id = $1 AND s.seq IS NULL AND s.lane = step.lane AND s.position <> step.position
      ORDER BY s.line, s.position LIMIT 1) AS next
    WHERE step.head
  ), heads AS (
    SELECT head.* FROM clock CROSS JOIN LATERAL (
      ${heads('due_at', 'due_at IS NULL ORDER BY due_at NULLS FIRST, line, position')}
      UNION ALL
      ${heads('due_at', 'due_at IS NOT NULL AND postponed_at <= now ORDER BY due_at NULLS FIRST, line, position')}
      UNION ALL
      ${heads('NULL', 'due_at IS NOT NULL AND postponed_at > now ORDER BY postponed_at')}
    ) AS head
  )
  SELECT runs.*, clock.now,
    CASE WHEN $3::bigint IS NULL THEN (SELECT input FROM tobiishi.inputs WHERE run_id = runs.id) END AS input,
    (SELECT json_build_object('position', position, 'status', status, 'seq', seq, 'attempts', attempts,
        'takenEpoch', taken_epoch, 'dueAt', due_at, 'line', line, 'head', head, 'failure', failure, 'note', note)
      FROM step) AS step,
    (SELECT row_to_json(next) FROM next) AS next,
    (SELECT json_agg(known.key) FROM unnest($5::text[]) AS new (key) CROSS JOIN LATERAL (
      SELECT s.key FROM tobiishi.steps AS s WHERE s.run_id = $1 AND s.key = new.key LIMIT 1) AS known) AS keys,
    (SELECT json_agg(busy.lane) FROM unnest($6::text[]) AS new (lane) CROSS JOIN LATERAL (
      SELECT s.lane FROM tobiishi.steps AS s
      WHERE s.run_id = $1 AND s.seq IS NULL AND s.lane = new.lane AND s.position <> coalesce($4::bigint, 0)
      ORDER BY s.line, s.position LIMIT 1) AS busy) AS busy_lanes,
    (SELECT json_agg(heads) FROM heads) AS heads
  FROM tobiishi.runs, clock WHERE id = $1 AND ($3::bigint IS NULL OR epoch = $3)`,
);

/**
 * Writes a whole change, or nothing when the run has another revision than the one it was decided from ($2). Every
 * change of a run and of its steps raises the revision, so that nothing it was decided from can have changed.
 * `OFFSET 0` keeps the planner from reading every step of the run to find the few that it is about.
 */
export const save = sql(
  'save',
  `WITH run AS (
    UPDATE tobiishi.runs SET revision = revision + 1,
      status = $3, reason = $4, seq = $5, total = $6, dropped_count = $7, row_count = $8, failed_count = $9,
      gave_up_position = $10, epoch = $11, updated_at = $12, ended_at = $13, active_since = $14, active_ms = $15,
      step_ms = $16, stats = $34, max_total = $35, lease_until = CASE WHEN $17::boolean THEN NULL ELSE lease_until END
    WHERE id = $1 AND revision = $2
    RETURNING id
  ), step AS (
    UPDATE tobiishi.steps SET status = $19, seq = $20, attempts = $21, taken_epoch = $22, due_at = $23, postponed_at = $36,
      line = $24, failure = $25, note = $26, head = $37
    WHERE run_id = $1 AND position = $18 AND EXISTS (SELECT FROM run)
  ), heads AS (
    UPDATE tobiishi.steps AS s SET head = true, attempts = s.attempts + new.attempts,
      taken_epoch = CASE new.attempts WHEN 0 THEN taken_epoch ELSE $11::bigint END,
      due_at = CASE new.attempts WHEN 0 THEN due_at END
    FROM (SELECT run.id, new.* FROM run, unnest($27::bigint[], $38::integer[]) AS new (position, attempts) OFFSET 0) AS new
    WHERE s.run_id = new.id AND s.position = new.position
  ), added AS (
    INSERT INTO tobiishi.steps (run_id, position, lane, line, key, item, attempts, taken_epoch, head)
    SELECT $1, position, lane, position, key, item, attempts, CASE attempts WHEN 0 THEN 0 ELSE $11::bigint END, head
    FROM unnest($28::bigint[], $29::text[], $30::text[], $31::text[], $32::integer[], $39::boolean[])
      AS new (position, lane, key, item, attempts, head)
    WHERE EXISTS (SELECT FROM run)
  ), rows AS (
    INSERT INTO tobiishi.rows (run_id, number, seq, data)
    SELECT $1, $8::bigint - cardinality($33::text[]) + number, $5::bigint, data
    FROM unnest($33::text[]) WITH ORDINALITY AS new (data, number)
    WHERE EXISTS (SELECT FROM run)
  )
  SELECT id FROM run`,
);

/** Of a claimed run ($2 its epoch) that has no head at all: a version that knew of none started it, or went on with it. */
export const findHeads = sql(
  'find-heads',
  `WITH run AS (
    UPDATE tobiishi.runs SET revision = revision + 1
    WHERE id = $1 AND epoch = $2
      AND NOT EXISTS (SELECT FROM tobiishi.steps WHERE run_id = $1 AND head AND seq IS NULL)
    RETURNING id
  ), first AS (
    SELECT DISTINCT ON (lane) position FROM tobiishi.steps WHERE run_id = $1 AND seq IS NULL
    ORDER BY lane, line, position
  )
  UPDATE tobiishi.steps SET head = true
  WHERE run_id = (SELECT id FROM run) AND position = ANY(ARRAY(SELECT position FROM first))`,
);

// Reading

export const findStep = sql('find-step', 'SELECT * FROM tobiishi.steps WHERE run_id = $1 AND position = $2');
const firstHeads = (where: string) => `
    (SELECT * FROM tobiishi.steps WHERE run_id = $1 AND head AND seq IS NULL AND ${where}
    ORDER BY due_at NULLS FIRST, line, position LIMIT ${LOOKED_AT})`;
/** As `chooseNext` wants them. A wait that began in the future: see `load`. */
export const listNext = sql(
  'list-next',
  `WITH clock AS MATERIALIZED (SELECT ${now(2)} AS now),
  heads AS (${firstHeads('due_at IS NULL')} UNION ALL ${firstHeads('due_at IS NOT NULL')})
  SELECT heads.*, hosts.*, now, CASE WHEN postponed_at > now THEN NULL ELSE due_at END AS due_at,
    EXISTS (SELECT FROM tobiishi.runs WHERE id = $1 AND epoch = taken_epoch AND lease_until > now) AS at_work
  FROM heads CROSS JOIN clock LEFT JOIN tobiishi.hosts ON host = lane`,
);
export const listRows = sql(
  'list-rows',
  'SELECT number, data FROM tobiishi.rows WHERE run_id = $1 AND number > $2 ORDER BY number LIMIT $3',
);
export const listFailures = sql(
  'list-failures',
  `SELECT * FROM tobiishi.steps WHERE run_id = $1 AND failure IS NOT NULL AND seq IS NOT NULL AND status <> 'done'
    AND seq < $2::bigint
  ORDER BY seq DESC LIMIT $3`,
);
export const listSteps = sql(
  'list-steps',
  `SELECT * FROM tobiishi.steps WHERE run_id = $1 AND position > $2 AND seq IS NOT NULL
  ORDER BY position LIMIT $3`,
);

// Hosts

/** Makes the host known and locks it, so that who asks next waits for this answer; the clock is read after that. */
export const lockHost = sql(
  'lock-host',
  `INSERT INTO tobiishi.hosts (host) VALUES ($1) ON CONFLICT (host) DO UPDATE SET host = excluded.host
  RETURNING *, ${now(2)} AS now`,
);
export const saveHost = sql(
  'save-host',
  'UPDATE tobiishi.hosts SET started_at = $2, delay_ms = $3, delay_until = $4 WHERE host = $1',
);
export const noteStart = sql('note-start', `UPDATE tobiishi.hosts SET started_at = ${now(2)} WHERE host = $1`);
export const parkedForMs = sql(
  'parked-for-ms',
  `SELECT parked_until - now AS ms FROM tobiishi.hosts, (SELECT ${now(2)} AS now) AS clock
  WHERE host = $1 AND parked_until > now`,
);
export const parkHost = sql(
  'park-host',
  `INSERT INTO tobiishi.hosts AS h (host, parked_until) VALUES ($1, ${now(3)} + $2::bigint)
  ON CONFLICT (host) DO UPDATE SET parked_until = greatest(h.parked_until, excluded.parked_until)`,
);

// What runs and processes share

export const findShared = sql(
  'find-shared',
  `SELECT text FROM tobiishi.shared WHERE key = $1 AND expires_at > ${now(2)}`,
);
export const saveShared = sql(
  'save-shared',
  `INSERT INTO tobiishi.shared (key, text, expires_at) VALUES ($1, $2, ${now(4)} + $3::bigint)
  ON CONFLICT (key) DO UPDATE SET text = excluded.text, expires_at = excluded.expires_at`,
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
export const deleteShared = sql(
  'delete-shared',
  `DELETE FROM tobiishi.shared WHERE key IN (
    SELECT key FROM tobiishi.shared WHERE expires_at < ${start(1)} LIMIT $2 FOR UPDATE SKIP LOCKED)`,
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
export const deleteTrashedInputs = sql(
  'delete-trashed-inputs',
  'DELETE FROM tobiishi.inputs WHERE run_id IN (SELECT run_id FROM tobiishi.trash)',
);
export const deleteTrashedRows = sql(
  'delete-trashed-rows',
  `DELETE FROM tobiishi.rows WHERE (run_id, number) IN (
    SELECT r.run_id, r.number FROM tobiishi.trash JOIN tobiishi.rows AS r USING (run_id) LIMIT $1
    FOR UPDATE OF r SKIP LOCKED)`,
);
export const deleteTrashedSteps = sql(
  'delete-trashed-steps',
  `DELETE FROM tobiishi.steps WHERE (run_id, position) IN (
    SELECT s.run_id, s.position FROM tobiishi.trash JOIN tobiishi.steps AS s USING (run_id) LIMIT $1
    FOR UPDATE OF s SKIP LOCKED)`,
);
export const emptyTrash = sql(
  'empty-trash',
  `DELETE FROM tobiishi.trash AS t WHERE NOT EXISTS (SELECT FROM tobiishi.steps WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.rows WHERE run_id = t.run_id)
    AND NOT EXISTS (SELECT FROM tobiishi.inputs WHERE run_id = t.run_id)`,
);
