/** Each entry brings the database from the version that is its index to the next. Never edit one that was released. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    job TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    seq INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL,
    max_total INTEGER NOT NULL,
    dropped_count INTEGER NOT NULL,
    row_count INTEGER NOT NULL DEFAULT 0,
    failed_count INTEGER NOT NULL DEFAULT 0,
    gave_up_position INTEGER,
    epoch INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    active_since INTEGER,
    active_ms INTEGER NOT NULL DEFAULT 0,
    step_ms REAL,
    stats TEXT NOT NULL DEFAULT '{}',
    share_token TEXT
  ) WITHOUT ROWID;
  CREATE INDEX runs_by_visitor ON runs (visitor_id, created_at);
  CREATE UNIQUE INDEX runs_by_share ON runs (share_token) WHERE share_token IS NOT NULL;
  CREATE INDEX runs_by_age ON runs (updated_at);

  CREATE TABLE inputs (run_id TEXT PRIMARY KEY, input TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE steps (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    lane TEXT NOT NULL,
    line INTEGER NOT NULL,
    key TEXT,
    item TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    taken_epoch INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    postponed_at INTEGER,
    seq INTEGER,
    failure TEXT,
    note TEXT,
    PRIMARY KEY (run_id, position)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX steps_by_key ON steps (run_id, key) WHERE key IS NOT NULL;
  CREATE INDEX steps_in_line ON steps (run_id, lane, line) WHERE seq IS NULL;
  CREATE INDEX steps_failed ON steps (run_id, seq) WHERE failure IS NOT NULL AND seq IS NOT NULL;

  CREATE TABLE rows (
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
  ) WITHOUT ROWID;

  CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL,
    delay_until INTEGER NOT NULL,
    parked_until INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;

  CREATE TABLE shared (key TEXT PRIMARY KEY, text TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX shared_by_expiry ON shared (expires_at);

  CREATE TABLE trash (run_id TEXT PRIMARY KEY) WITHOUT ROWID;

  CREATE TABLE sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);
  `,
  `
  -- head: the first waiting step of its lane, in the order of line and position. Found through an index of its own, the
  -- cost of a step is not that of the lanes.
  ALTER TABLE steps ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
  UPDATE steps SET head = 1 WHERE seq IS NULL AND NOT EXISTS (
    SELECT 1 FROM steps AS s
    WHERE s.run_id = steps.run_id AND s.lane = steps.lane AND s.seq IS NULL
      AND (s.line, s.position) < (steps.line, steps.position));
  CREATE INDEX steps_heads ON steps (run_id, due_at, line) WHERE head = 1;
  CREATE INDEX steps_waiting ON steps (run_id, postponed_at) WHERE head = 1 AND due_at IS NOT NULL;

  -- An index on updated_at itself would have to be written at every step.
  ALTER TABLE runs ADD COLUMN updated_hour INTEGER NOT NULL DEFAULT 0;
  UPDATE runs SET updated_hour = updated_at / 3600000;
  DROP INDEX runs_by_age;
  CREATE INDEX runs_by_age ON runs (updated_hour);
  `,
  `
  -- Without a rowid, what a session holds did not fit beside its key: each save wrote four pages, not one.
  CREATE TABLE saved_sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL, expires_at INTEGER NOT NULL);
  INSERT INTO saved_sessions SELECT id, data, expires_at FROM sessions;
  DROP TABLE sessions;
  ALTER TABLE saved_sessions RENAME TO sessions;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);
  `,
  `
  -- Rate limits and cached texts are anybody's, under keys of any text.
  ALTER TABLE hosts RENAME TO rate_limits;
  ALTER TABLE rate_limits RENAME COLUMN host TO key;
  ALTER TABLE rate_limits RENAME COLUMN parked_until TO paused_until;
  -- Texts are blobs from here on: libsql reads a text no further than a NUL.
  DELETE FROM shared;
  ALTER TABLE shared RENAME TO cache;
  DROP INDEX shared_by_expiry;
  CREATE INDEX cache_by_expiry ON cache (expires_at);

  -- What attempts threw, for the operator: the newest of each run.
  ALTER TABLE runs ADD COLUMN error_count INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE errors (
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    stack TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
  );
  `,
  `
  -- For going on with runs that no page asks for. Not on what changes at every step.
  CREATE INDEX runs_running ON runs (id) WHERE status = 'running';
  `,
  `
  -- The network from which a run was started: its unfinished runs are counted.
  ALTER TABLE runs ADD COLUMN network TEXT;
  CREATE INDEX runs_by_network ON runs (network) WHERE network IS NOT NULL;
  `,
  `
  -- A name that the run's owner gave, and whether the server may go on with it while its page is closed.
  ALTER TABLE runs ADD COLUMN name TEXT;
  ALTER TABLE runs ADD COLUMN background INTEGER NOT NULL DEFAULT 1;
  `,
  `
  -- By which programs do what their visitors may.
  CREATE TABLE api_tokens (
    hash TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    label TEXT NOT NULL,
    entered TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
  );
  CREATE INDEX api_tokens_by_visitor ON api_tokens (visitor_id);
  `,
  `
  -- For an operator: what is blocked; who had which hosts asked; what went wrong lately in all runs.
  CREATE TABLE blocks (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
  ) WITHOUT ROWID;
  CREATE TABLE abuse_log (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    job TEXT NOT NULL,
    visitor_id TEXT,
    address TEXT,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX abuse_log_by_age ON abuse_log (at);
  CREATE TABLE abuse_hosts (
    id TEXT NOT NULL,
    host TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (id, host)
  ) WITHOUT ROWID;
  CREATE INDEX abuse_hosts_by_age ON abuse_hosts (last_at);
  CREATE INDEX errors_by_age ON errors (at);

  -- What was cached for a run alone has the run's id before it, and goes with the run.
  DELETE FROM cache WHERE key LIKE 'cookies:%' OR key LIKE 'login:%' OR key LIKE 'moved:%';
  `,
  `
  -- About how many bytes are kept of a run, and the part of its plan that is made when it is needed. Older runs have theirs
  -- whole; what they take is told by their steps and rows alone.
  ALTER TABLE runs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN planned TEXT;
  UPDATE runs SET bytes = 1000 + 300 * total
    + (SELECT coalesce(sum(length(data)), 0) FROM rows WHERE rows.run_id = runs.id);
  `,
  `
  -- Runs that are started again and again.
  CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    network TEXT,
    job TEXT NOT NULL,
    version INTEGER NOT NULL,
    input TEXT NOT NULL,
    name TEXT,
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    is_paused INTEGER NOT NULL,
    next_at INTEGER,
    last_run_id TEXT,
    problem TEXT,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX schedules_by_visitor ON schedules (visitor_id);
  CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
  `,
  `
  -- Files that steps returned, in pieces.
  ALTER TABLE runs ADD COLUMN file_count INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE files (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (run_id, position, attempt, number)
  ) WITHOUT ROWID;
  CREATE TABLE file_pieces (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (run_id, position, attempt, number, piece)
  );
  `,
  `
  -- Which rows the runs of a watch have had: what a visitor looks at again and again.
  CREATE TABLE watches (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    job TEXT NOT NULL,
    feed_token TEXT,
    run_count INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX watches_by_visitor ON watches (visitor_id, updated_at);
  CREATE INDEX watches_by_age ON watches (updated_at);
  CREATE UNIQUE INDEX watches_by_feed ON watches (feed_token) WHERE feed_token IS NOT NULL;
  CREATE TABLE watch_runs (
    watch_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (watch_id, run_id)
  ) WITHOUT ROWID;
  CREATE TABLE seen_rows (
    watch_id TEXT NOT NULL,
    key TEXT NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    content TEXT NOT NULL,
    before TEXT,
    label TEXT NOT NULL,
    row TEXT,
    first_at INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (watch_id, key)
  ) WITHOUT ROWID;
  CREATE INDEX seen_rows_by_number ON seen_rows (watch_id, last_number);
  CREATE INDEX seen_rows_by_age ON seen_rows (watch_id, first_at) WHERE row IS NOT NULL;
  `,
  `
  -- Files that came with forms, and the runs that keep them. Their bytes are among those of files, under their id.
  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL DEFAULT 0,
    hash TEXT,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX uploads_by_visitor ON uploads (visitor_id);
  CREATE INDEX uploads_by_age ON uploads (created_at);
  CREATE TABLE run_uploads (
    run_id TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    PRIMARY KEY (run_id, upload_id)
  );
  CREATE INDEX run_uploads_by_upload ON run_uploads (upload_id);
  `,
  `
  -- Who is told that a run has ended. The message is made by whatever ends the run, in its transaction.
  CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    tried_at INTEGER,
    problem TEXT
  ) WITHOUT ROWID;
  CREATE INDEX webhooks_by_visitor ON webhooks (visitor_id);
  CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    status TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at);
  CREATE TRIGGER runs_ended AFTER UPDATE OF status ON runs
  WHEN NEW.status <> OLD.status AND NEW.status IN ('done', 'failed', 'cancelled')
  BEGIN
    INSERT INTO webhook_deliveries (id, webhook_id, run_id, status, ended_at, due_at, attempts)
    SELECT 'msg_' || lower(hex(randomblob(16))), id, NEW.id, NEW.status, NEW.updated_at, 0, 0
    FROM webhooks WHERE visitor_id = NEW.visitor_id;
  END;
  `,
  `
  -- From which network a file came: those that no run has are bounded.
  ALTER TABLE uploads ADD COLUMN network TEXT;
  CREATE INDEX uploads_by_network ON uploads (network, created_at);
  `,
  `
  -- Those that nobody uses any more are swept.
  CREATE INDEX api_tokens_by_use ON api_tokens (coalesce(used_at, created_at));
  CREATE INDEX webhooks_by_use ON webhooks (coalesce(tried_at, created_at));
  -- Who does not receive messages gets them after those who do, and no more than some wait.
  CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id);
  DROP TRIGGER runs_ended;
  CREATE TRIGGER runs_ended AFTER UPDATE OF status ON runs
  WHEN NEW.status <> OLD.status AND NEW.status IN ('done', 'failed', 'cancelled')
  BEGIN
    INSERT INTO webhook_deliveries (id, webhook_id, run_id, status, ended_at, due_at, attempts)
    SELECT 'msg_' || lower(hex(randomblob(16))), w.id, NEW.id, NEW.status, NEW.updated_at, iif(w.problem IS NULL, 0, NEW.updated_at), 0
    FROM webhooks AS w
    WHERE w.visitor_id = NEW.visitor_id AND (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = w.id) < 1000;
  END;
  `,
];
