import type { HostRecord } from '../core/rate-limit.js';
import type { Run, RunState } from '../core/run.js';
import type { Step } from '../core/step.js';
import type { Head } from './decisions.js';

/** A record as a database driver gives it: column names in snake case, JSON as text. */
export type Record = { readonly [column: string]: unknown };

export function toRun(record: Record): Run {
  return { ...toRunState(record), input: JSON.parse(String(record['input'])) };
}

export function toRunState(record: Record): RunState {
  return {
    id: String(record['id']),
    visitorId: String(record['visitor_id']),
    job: String(record['job']),
    version: Number(record['version']),
    status: record['status'] as Run['status'],
    reason: record['reason'] as Run['reason'],
    seq: Number(record['seq']),
    total: Number(record['total']),
    maxTotal: Number(record['max_total']),
    droppedCount: Number(record['dropped_count']),
    rowCount: Number(record['row_count']),
    failedCount: Number(record['failed_count']),
    gaveUpPosition: numberOrNull(record['gave_up_position']),
    epoch: Number(record['epoch']),
    createdAt: Number(record['created_at']),
    updatedAt: Number(record['updated_at']),
    endedAt: numberOrNull(record['ended_at']),
    activeSince: numberOrNull(record['active_since']),
    activeMs: Number(record['active_ms']),
    stepMs: numberOrNull(record['step_ms']),
    stats: JSON.parse(String(record['stats'])),
    shareToken: record['share_token'] === null ? null : String(record['share_token']),
  };
}

export function toStep(record: Record): Step {
  return {
    runId: String(record['run_id']),
    position: Number(record['position']),
    item: JSON.parse(String(record['item'])),
    status: record['status'] as Step['status'],
    seq: numberOrNull(record['seq']),
    attempts: Number(record['attempts']),
    dueAt: numberOrNull(record['due_at']),
    failure: record['failure'] === null ? null : JSON.parse(String(record['failure'])),
    note: record['note'] === null ? null : String(record['note']),
  };
}

/** Of a record with only what can differ between waiting steps. */
export function toHead(runId: string, record: Record): Head {
  const step = toStep({ ...record, run_id: runId, status: 'waiting', seq: null, note: null });
  return { step, line: Number(record['line']) };
}

/** One that is not known was never asked. */
export function toHost(record: Record = {}): HostRecord {
  return {
    startedAt: Number(record['started_at'] ?? 0),
    delayMs: Number(record['delay_ms'] ?? 0),
    delayUntil: Number(record['delay_until'] ?? 0),
    parkedUntil: Number(record['parked_until'] ?? 0),
  };
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
