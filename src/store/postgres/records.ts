import { createHash } from 'node:crypto';
import type { ApiToken } from '../../core/api-tokens.js';
import type { RunState } from '../../core/run.js';
import type { Schedule } from '../../core/schedules.js';
import type { AttemptError, StepRecord } from '../../core/step.js';
import { API_TOKEN, type Column, ERROR, plainText, RUN, SCHEDULE, STEP, toColumn } from '../columns.js';

// JSON arrays of records, each by its columns, as PostgreSQL's json_populate_recordset takes them.

export const newRun = (run: RunState) => toJson(RUN.all, [run]);

export const newSteps = (steps: readonly StepRecord[]) => toJson(STEP.all, steps.map(indexableStep));

export const newApiToken = (token: ApiToken) => toJson(API_TOKEN.all, [token]);

export const newSchedule = (schedule: Schedule) => toJson(SCHEDULE.all, [schedule]);

export const newErrors = (errors: readonly AttemptError[]) => toJson(ERROR.all, errors);

const RUN_CHANGES = [...RUN.key, ...RUN.changing];
const STEP_CHANGES = [...STEP.key, ...STEP.changing];

export const changedRun = (run: RunState) => toJson(RUN_CHANGES, [run]);

export const changedSteps = (steps: readonly StepRecord[]) => toJson(STEP_CHANGES, steps);

function toJson(columns: readonly Column[], records: readonly object[]): string {
  const byColumn = (record: object) => {
    const values: { [column: string]: unknown } = {};
    for (const column of columns) values[column.name] = toColumn(record, column);
    return values;
  };
  return JSON.stringify(records.map(byColumn));
}

function indexableStep(step: StepRecord): StepRecord {
  return { ...step, key: step.key === null ? null : indexable(step.key), lane: indexable(step.lane) };
}

/** As `indexable`, but keys that begin alike still do. */
export function indexableKey(key: string): string {
  return key.length <= 500 ? plainText(key) : `${plainText(key.slice(0, 100))}:${indexable(key)}`;
}

/** PostgreSQL refuses index entries over 2,704 bytes: longer texts are kept as their digest. */
export function indexable(text: string): string {
  return text.length <= 500 ? plainText(text) : createHash('sha256').update(text).digest('base64url');
}
