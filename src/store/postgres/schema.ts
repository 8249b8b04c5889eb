/**
 * Each entry brings the database from the version that is its index to the next. Never edit one that was released.
 * Everything is in a PostgreSQL schema of its own, so that a database can be shared with other programs.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE FUNCTION tobiishi.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
    AS 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint';

  -- updated_hour is what the age index is on: an index on updated_at itself would have to be written at every step.
  CREATE TABLE tobiishi.runs (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    job text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    reason text,
    seq bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL,
    max_total bigint NOT NULL,
    dropped_count bigint NOT NULL,
    row_count bigint NOT NULL DEFAULT 0,
    failed_count bigint NOT NULL DEFAULT 0,
    gave_up_position bigint,
    epoch bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 0,
    lease_until bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    updated_hour bigint GENERATED ALWAYS AS (updated_at / 3600000) STORED,
    ended_at bigint,
    active_since bigint,
    active_ms bigint NOT NULL DEFAULT 0,
    step_ms double precision,
    stats text NOT NULL DEFAULT '{}',
    share_token text COLLATE "C"
  ) WITH (fillfactor = 50);
  CREATE INDEX runs_by_visitor ON tobiishi.runs (visitor_id, created_at);
  CREATE UNIQUE INDEX runs_by_share ON tobiishi.runs (share_token) WHERE share_token IS NOT NULL;
  CREATE INDEX runs_by_age ON tobiishi.runs (updated_hour);

  CREATE TABLE tobiishi.inputs (run_id text COLLATE "C" PRIMARY KEY, input text NOT NULL);

  CREATE TABLE tobiishi.steps (
    run_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    lane text COLLATE "C" NOT NULL,
    line bigint NOT NULL,
    key text COLLATE "C",
    item text NOT NULL,
    status text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    taken_epoch bigint NOT NULL DEFAULT 0,
    due_at bigint,
    postponed_at bigint,
    seq bigint,
    failure text,
    note text,
    PRIMARY KEY (run_id, position)
  );
  CREATE UNIQUE INDEX steps_by_key ON tobiishi.steps (run_id, key) WHERE key IS NOT NULL;
  CREATE INDEX steps_in_line ON tobiishi.steps (run_id, lane, line, position) WHERE seq IS NULL;
  CREATE INDEX steps_failed ON tobiishi.steps (run_id, seq) WHERE failure IS NOT NULL AND seq IS NOT NULL;

  CREATE TABLE tobiishi.rows (
    run_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    seq bigint NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (run_id, number)
  );

  CREATE TABLE tobiishi.hosts (
    host text COLLATE "C" PRIMARY KEY,
    started_at bigint NOT NULL DEFAULT 0,
    delay_ms bigint NOT NULL DEFAULT 0,
    delay_until bigint NOT NULL DEFAULT 0,
    parked_until bigint NOT NULL DEFAULT 0
  );

  CREATE TABLE tobiishi.shared (key text COLLATE "C" PRIMARY KEY, text text NOT NULL, expires_at bigint NOT NULL);
  CREATE INDEX shared_by_expiry ON tobiishi.shared (expires_at);

  CREATE TABLE tobiishi.trash (run_id text COLLATE "C" PRIMARY KEY);

  CREATE TABLE tobiishi.settings (name text PRIMARY KEY, value text NOT NULL);

  -- The columns are those of connect-pg-simple.
  CREATE TABLE tobiishi.sessions (sid text COLLATE "C" PRIMARY KEY, sess json NOT NULL, expire timestamptz(6) NOT NULL);
  CREATE INDEX sessions_by_expiry ON tobiishi.sessions (expire);
  `,
  `
  -- head: the first waiting step of its lane, in the order of line and position. Found through an index of its own, the
  -- cost of a step is not that of the lanes.
  ALTER TABLE tobiishi.steps ADD COLUMN head boolean NOT NULL DEFAULT false;
  UPDATE tobiishi.steps AS s SET head = true
  FROM (
    SELECT DISTINCT ON (run_id, lane) run_id, position FROM tobiishi.steps WHERE seq IS NULL
    ORDER BY run_id, lane, line, position) AS first
  WHERE s.run_id = first.run_id AND s.position = first.position;
  CREATE INDEX steps_heads ON tobiishi.steps (run_id, due_at NULLS FIRST, line, position) WHERE head;
  CREATE INDEX steps_waiting ON tobiishi.steps (run_id, postponed_at) WHERE head AND due_at IS NOT NULL;
  `,
  `
  -- Rate limits and cached texts are anybody's, under keys of any text.
  ALTER TABLE tobiishi.hosts RENAME TO rate_limits;
  ALTER TABLE tobiishi.rate_limits RENAME COLUMN host TO key;
  ALTER TABLE tobiishi.rate_limits RENAME COLUMN parked_until TO paused_until;
  ALTER TABLE tobiishi.shared RENAME TO cache;
  ALTER INDEX tobiishi.shared_by_expiry RENAME TO cache_by_expiry;

  -- What attempts threw, for the operator: the newest of each run.
  ALTER TABLE tobiishi.runs ADD COLUMN error_count bigint NOT NULL DEFAULT 0;
  CREATE TABLE tobiishi.errors (
    run_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    position bigint NOT NULL,
    attempt integer NOT NULL,
    at bigint NOT NULL,
    name text NOT NULL,
    message text NOT NULL,
    stack text NOT NULL,
    PRIMARY KEY (run_id, number)
  );
  `,
  `
  -- For going on with runs that no page asks for. Not on what changes at every step.
  CREATE INDEX runs_running ON tobiishi.runs (id) WHERE status = 'running';
  `,
  `
  -- The network from which a run was started: its unfinished runs are counted.
  ALTER TABLE tobiishi.runs ADD COLUMN network text COLLATE "C";
  CREATE INDEX runs_by_network ON tobiishi.runs (network) WHERE network IS NOT NULL;
  `,
  `
  -- How often visitors asked for what is limited, as rate-limiter-flexible keeps it.
  CREATE TABLE tobiishi.rates (key varchar(255) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint);
  `,
  `
  -- A name that the run's owner gave, and whether the server may go on with it while its page is closed.
  ALTER TABLE tobiishi.runs ADD COLUMN name text;
  ALTER TABLE tobiishi.runs ADD COLUMN background boolean NOT NULL DEFAULT true;
  `,
  `
  -- By which programs do what their visitors may.
  CREATE TABLE tobiishi.api_tokens (
    hash text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    label text NOT NULL,
    entered text NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint
  );
  CREATE INDEX api_tokens_by_visitor ON tobiishi.api_tokens (visitor_id);
  `,
  `
  -- For an operator: what is blocked; who had which hosts asked; what went wrong lately in all runs.
  CREATE TABLE tobiishi.blocks (
    kind text NOT NULL,
    value text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (kind, value)
  );
  CREATE TABLE tobiishi.abuse_log (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    job text NOT NULL,
    visitor_id text COLLATE "C",
    address text COLLATE "C",
    at bigint NOT NULL
  );
  CREATE INDEX abuse_log_by_age ON tobiishi.abuse_log (at);
  CREATE TABLE tobiishi.abuse_hosts (
    id text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL,
    PRIMARY KEY (id, host)
  );
  CREATE INDEX abuse_hosts_by_age ON tobiishi.abuse_hosts (last_at);
  CREATE INDEX errors_by_age ON tobiishi.errors (at);

  -- What was cached for a run alone has the run's id before it, and goes with the run.
  DELETE FROM tobiishi.cache WHERE key LIKE 'cookies:%' OR key LIKE 'login:%' OR key LIKE 'moved:%';
  `,
  `
  -- About how many bytes are kept of a run, and the part of its plan that is made when it is needed. Older runs have theirs
  -- whole; what they take is told by their steps and rows alone.
  ALTER TABLE tobiishi.runs ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
  ALTER TABLE tobiishi.runs ADD COLUMN planned text;
  UPDATE tobiishi.runs SET bytes = 1000 + 300 * total
    + (SELECT coalesce(sum(octet_length(data)), 0) FROM tobiishi.rows WHERE rows.run_id = runs.id);
  `,
  `
  -- Runs that are started again and again.
  CREATE TABLE tobiishi.schedules (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    network text,
    job text NOT NULL,
    version bigint NOT NULL,
    input text NOT NULL,
    name text,
    cron text NOT NULL,
    time_zone text NOT NULL,
    is_paused boolean NOT NULL,
    next_at bigint,
    last_run_id text,
    problem text,
    created_at bigint NOT NULL
  );
  CREATE INDEX schedules_by_visitor ON tobiishi.schedules (visitor_id);
  CREATE INDEX schedules_due ON tobiishi.schedules (next_at) WHERE next_at IS NOT NULL;
  `,
  `
  -- Files that steps returned, in pieces.
  ALTER TABLE tobiishi.runs ADD COLUMN file_count bigint NOT NULL DEFAULT 0;
  CREATE TABLE tobiishi.files (
    run_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    attempt bigint NOT NULL,
    number bigint NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (run_id, position, attempt, number)
  );
  CREATE TABLE tobiishi.file_pieces (
    run_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    attempt bigint NOT NULL,
    number bigint NOT NULL,
    piece bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (run_id, position, attempt, number, piece)
  );
  `,
  `
  -- Which rows the runs of a watch have had: what a visitor looks at again and again.
  CREATE TABLE tobiishi.watches (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    job text NOT NULL,
    feed_token text COLLATE "C",
    run_count bigint NOT NULL,
    updated_at bigint NOT NULL
  );
  CREATE INDEX watches_by_visitor ON tobiishi.watches (visitor_id, updated_at);
  CREATE INDEX watches_by_age ON tobiishi.watches (updated_at);
  CREATE UNIQUE INDEX watches_by_feed ON tobiishi.watches (feed_token) WHERE feed_token IS NOT NULL;
  CREATE TABLE tobiishi.watch_runs (
    watch_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (watch_id, run_id)
  );
  CREATE TABLE tobiishi.seen_rows (
    watch_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    first_number bigint NOT NULL,
    last_number bigint NOT NULL,
    content text NOT NULL,
    before text,
    label text NOT NULL,
    row text,
    first_at bigint NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (watch_id, key)
  );
  CREATE INDEX seen_rows_by_number ON tobiishi.seen_rows (watch_id, last_number);
  CREATE INDEX seen_rows_by_age ON tobiishi.seen_rows (watch_id, first_at) WHERE row IS NOT NULL;
  `,
  `
  -- Files that came with forms, and the runs that keep them. Their bytes are among those of files, under their id.
  CREATE TABLE tobiishi.uploads (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    size bigint NOT NULL DEFAULT 0,
    hash text,
    created_at bigint NOT NULL
  );
  CREATE INDEX uploads_by_visitor ON tobiishi.uploads (visitor_id);
  CREATE INDEX uploads_by_age ON tobiishi.uploads (created_at);
  CREATE TABLE tobiishi.run_uploads (
    run_id text COLLATE "C" NOT NULL,
    upload_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, upload_id)
  );
  CREATE INDEX run_uploads_by_upload ON tobiishi.run_uploads (upload_id);
  `,
  `
  -- Who is told that a run has ended. The message is made by whatever ends the run, in its transaction.
  CREATE TABLE tobiishi.webhooks (
    id text COLLATE "C" PRIMARY KEY,
    visitor_id text COLLATE "C" NOT NULL,
    url text NOT NULL,
    secret text NOT NULL,
    created_at bigint NOT NULL,
    tried_at bigint,
    problem text
  );
  CREATE INDEX webhooks_by_visitor ON tobiishi.webhooks (visitor_id);
  CREATE TABLE tobiishi.webhook_deliveries (
    id text COLLATE "C" PRIMARY KEY,
    webhook_id text COLLATE "C" NOT NULL REFERENCES tobiishi.webhooks ON DELETE CASCADE,
    run_id text COLLATE "C" NOT NULL,
    status text NOT NULL,
    ended_at bigint NOT NULL,
    due_at bigint NOT NULL,
    attempts bigint NOT NULL
  );
  CREATE INDEX webhook_deliveries_due ON tobiishi.webhook_deliveries (due_at);
  CREATE INDEX webhook_deliveries_by_webhook ON tobiishi.webhook_deliveries (webhook_id);
  CREATE FUNCTION tobiishi.tell_of_end() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO tobiishi.webhook_deliveries (id, webhook_id, run_id, status, ended_at, due_at, attempts)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), id, NEW.id, NEW.status, NEW.updated_at, 0, 0
    FROM tobiishi.webhooks WHERE visitor_id = NEW.visitor_id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER runs_ended AFTER UPDATE OF status ON tobiishi.runs FOR EACH ROW
  WHEN (NEW.status <> OLD.status AND NEW.status IN ('done', 'failed', 'cancelled'))
  EXECUTE FUNCTION tobiishi.tell_of_end();
  `,
  `
  -- From which network a file came: those that no run has are bounded.
  ALTER TABLE tobiishi.uploads ADD COLUMN network text COLLATE "C";
  CREATE INDEX uploads_by_network ON tobiishi.uploads (network, created_at);
  `,
  `
  -- Those that nobody uses any more are swept.
  CREATE INDEX api_tokens_by_use ON tobiishi.api_tokens (coalesce(used_at, created_at));
  CREATE INDEX webhooks_by_use ON tobiishi.webhooks (coalesce(tried_at, created_at));
  -- Who does not receive messages gets them after those who do, and no more than some wait.
  CREATE OR REPLACE FUNCTION tobiishi.tell_of_end() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO tobiishi.webhook_deliveries (id, webhook_id, run_id, status, ended_at, due_at, attempts)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), w.id, NEW.id, NEW.status, NEW.updated_at,
      CASE WHEN w.problem IS NULL THEN 0 ELSE NEW.updated_at END, 0
    FROM tobiishi.webhooks AS w
    WHERE w.visitor_id = NEW.visitor_id
      AND (SELECT count(*) FROM tobiishi.webhook_deliveries WHERE webhook_id = w.id) < 1000;
    RETURN NULL;
  END $$;
  `,
];
