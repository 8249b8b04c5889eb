/**
 * The fields of runs and steps, named once for both databases: what each is called in a table, and how it is kept there.
 * A column has the field's name in snake case.
 */
import type { LogEntry, LoggedAction } from '../core/abuse-log.js';
import type { ApiToken } from '../core/api-tokens.js';
import type { FileKey, RunFile } from '../core/files.js';
import { NO_LIMIT, type RateLimit } from '../core/rate-limit.js';
import { RUN_STATUSES, type RunState, type RunStatus } from '../core/run.js';
import type { Schedule } from '../core/schedules.js';
import type { AttemptError, StepRecord } from '../core/step.js';
import type { RunError } from '../core/store.js';
import type { KeptUpload } from '../core/upload.js';
import type { KeptRow } from '../core/watches.js';

/** `json` is kept as text; `failure?` and its like are NULL where the field is null. */
type Kind = 'number' | 'text' | 'boolean' | 'json' | 'json?';

/** A record as a database driver gives it, by column. */
import type { Delivery, Webhook } from '../core/webhooks.js';

export type DatabaseRecord = { readonly [column: string]: unknown };

export interface Column {
  readonly field: string;
  readonly name: string;
  readonly kind: Kind;
}

/** What is kept in one table. */
export class Columns<T extends object> {
  readonly all: readonly Column[];
  /** By which a record is found. */
  readonly key: readonly Column[];
  /** The others, but for those that never change once the record is there. */
  readonly changing: readonly Column[];

  /** All of its fields, null. An object that gets so many of them one by one becomes a dictionary, and so do all its copies. */
  readonly #empty: { readonly [field: string]: unknown };

  constructor(
    kinds: { readonly [field in keyof T]-?: Kind },
    { key, constant }: { readonly key: readonly (keyof T)[]; readonly constant: readonly (keyof T)[] },
  ) {
    this.all = Object.entries<Kind>(kinds).map(([field, kind]) => {
      return { field, kind, name: field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) };
    });
    const isOneOf = (fields: readonly (keyof T)[]) => (column: Column) => fields.includes(column.field as keyof T);
    this.key = this.all.filter(isOneOf(key));
    this.#empty = JSON.parse(JSON.stringify(Object.fromEntries(this.all.map(({ field }) => [field, null]))));
    const isFixed = isOneOf([...key, ...constant]);
    this.changing = this.all.filter((column) => !isFixed(column));
  }

  /** Their names, separated by commas. */
  get names(): string {
    return this.all.map(({ name }) => name).join(', ');
  }

  read(record: DatabaseRecord): T {
    const read: { [field: string]: unknown } = { ...this.#empty };
    for (const { field, name, kind } of this.all) read[field] = fromColumn(record[name], kind);
    return read as T;
  }
}

function fromColumn(value: unknown, kind: Kind): unknown {
  if (value === null || value === undefined) return null;
  if (kind === 'json' || kind === 'json?') return JSON.parse(String(value));
  return kind === 'boolean' ? Boolean(value) : value;
}

/** As it is bound to a statement, but for booleans, which SQLite lacks. */
export function toColumn(record: object, { field, kind }: Column): string | number | boolean | null {
  const value = (record as { readonly [field: string]: unknown })[field];
  if (kind === 'json' || (kind === 'json?' && value !== null)) return JSON.stringify(value);
  return typeof value === 'string' ? plainText(value) : (value as number | boolean | null);
}

/**
 * Without NUL, which PostgreSQL refuses and libsql reads no further than, and without halves of surrogate pairs. JSON text has
 * neither.
 */
export function plainText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}

export const RUN = new Columns<RunState>(
  {
    id: 'text',
    visitorId: 'text',
    job: 'text',
    version: 'number',
    status: 'text',
    reason: 'text',
    seq: 'number',
    total: 'number',
    maxTotal: 'number',
    droppedCount: 'number',
    rowCount: 'number',
    fileCount: 'number',
    failedCount: 'number',
    gaveUpPosition: 'number',
    epoch: 'number',
    leaseUntil: 'number',
    createdAt: 'number',
    updatedAt: 'number',
    endedAt: 'number',
    activeSince: 'number',
    activeMs: 'number',
    stepMs: 'number',
    stats: 'json',
    shareToken: 'text',
    errorCount: 'number',
    network: 'text',
    name: 'text',
    background: 'boolean',
    bytes: 'number',
    planned: 'json?',
  },
  { key: ['id'], constant: ['visitorId', 'network', 'job', 'version', 'createdAt', 'background'] },
);

export const STEP = new Columns<StepRecord>(
  {
    runId: 'text',
    position: 'number',
    lane: 'text',
    line: 'number',
    key: 'text',
    item: 'json',
    status: 'text',
    attempts: 'number',
    takenEpoch: 'number',
    dueAt: 'number',
    postponedAt: 'number',
    seq: 'number',
    failure: 'json?',
    note: 'text',
    head: 'boolean',
  },
  { key: ['runId', 'position'], constant: ['lane', 'key', 'item'] },
);

/** Found by their run and their number in it, which are no fields of theirs. */
export const ERROR = new Columns<AttemptError>(
  { position: 'number', attempt: 'number', at: 'number', name: 'text', message: 'text', stack: 'text' },
  { key: [], constant: [] },
);

/** Found by a key that is no field of theirs. */
const LIMIT = new Columns<RateLimit>(
  { startedAt: 'number', delayMs: 'number', delayUntil: 'number', pausedUntil: 'number' },
  { key: [], constant: [] },
);

/** Of a record that may be absent, or empty: the key was never asked for then. */
export function toRateLimit(record: DatabaseRecord | undefined): RateLimit {
  return (record?.['started_at'] ?? null) === null ? NO_LIMIT : LIMIT.read(record as DatabaseRecord);
}

export const API_TOKEN = new Columns<ApiToken>(
  { hash: 'text', visitorId: 'text', label: 'text', entered: 'json', createdAt: 'number', usedAt: 'number' },
  { key: ['hash'], constant: [] },
);

/** Of records with a `status` and its `count`. */
export function toRunCounts(records: readonly DatabaseRecord[]): Readonly<Record<RunStatus, number>> {
  const counts = new Map(records.map(({ status, count }) => [status, Number(count)]));
  return Object.fromEntries(RUN_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as Record<
    RunStatus,
    number
  >;
}

/** An error, beside its `run_id` and the run's `job`. */
export function toRunError(record: DatabaseRecord): RunError {
  return { ...ERROR.read(record), runId: String(record['run_id']), job: String(record['job']) };
}

/** An entry of the abuse log, with its hosts as JSON: `[[host, firstAt, lastAt], …]`. */
export function toLogEntry(record: DatabaseRecord): LogEntry {
  const { id, kind, job, visitor_id, address, at, host_count, hosts } = record;
  const asked: [string, number, number][] = JSON.parse(String(hosts ?? '[]'));
  return {
    ...({ id, kind, job, visitorId: visitor_id, address, at: Number(at) } as LoggedAction & { at: number }),
    hostCount: Number(host_count),
    hosts: asked.map(([host, firstAt, lastAt]) => ({ host, firstAt, lastAt })),
  };
}

export const SCHEDULE = new Columns<Schedule>(
  {
    id: 'text',
    visitorId: 'text',
    network: 'text',
    job: 'text',
    version: 'number',
    input: 'json',
    name: 'text',
    cron: 'text',
    timeZone: 'text',
    isPaused: 'boolean',
    nextAt: 'number',
    lastRunId: 'text',
    problem: 'text',
    createdAt: 'number',
  },
  { key: ['id'], constant: [] },
);

export const FILE = new Columns<RunFile>(
  {
    runId: 'text',
    position: 'number',
    attempt: 'number',
    number: 'number',
    name: 'text',
    type: 'text',
    size: 'number',
  },
  { key: ['runId', 'position', 'attempt', 'number'], constant: [] },
);

export function toKeptRow(record: DatabaseRecord): KeptRow {
  return {
    key: String(record['key']),
    firstNumber: Number(record['first_number']),
    lastNumber: Number(record['last_number']),
    content: String(record['content']),
    before: record['before'] as string | null,
  };
}

const UPLOAD = new Columns<KeptUpload>(
  { id: 'text', name: 'text', type: 'text', size: 'number', hash: 'text' },
  { key: ['id'], constant: [] },
);

export const toUpload = (record: DatabaseRecord): KeptUpload => UPLOAD.read(record);

/** Where the bytes of a form's file are kept: the ids of runs are no ids of uploads. */
export const uploadKey = (id: string): FileKey => ({ runId: id, position: 0, attempt: 0, number: 1 });

export function toWebhook(record: DatabaseRecord): Webhook {
  const { id, visitor_id, url, secret, created_at, tried_at, problem } = record;
  return {
    id: String(id),
    visitorId: String(visitor_id),
    url: String(url),
    secret: String(secret),
    createdAt: Number(created_at),
    triedAt: tried_at === null ? null : Number(tried_at),
    problem: problem === null ? null : String(problem),
  };
}

export function toDelivery(record: DatabaseRecord): Delivery {
  const { id, webhook_id, url, secret, run_id, status, ended_at, attempts } = record;
  return {
    id: String(id),
    webhookId: String(webhook_id),
    url: String(url),
    secret: String(secret),
    runId: String(run_id),
    status: status as Delivery['status'],
    endedAt: Number(ended_at),
    attempts: Number(attempts),
  };
}
