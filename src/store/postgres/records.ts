import { createHash } from 'node:crypto';
import type { RunState } from '../../core/run.js';
import type { AttemptError, StepRecord } from '../../core/step.js';
import { type Columns, ERROR, RUN, STEP, toColumn } from '../columns.js';

// JSON arrays of records, each by its columns, as PostgreSQL's json_populate_recordset takes them.

export const runJson = (run: RunState) => toJson(RUN, [run]);

export const stepsJson = (steps: readonly StepRecord[]) => {
  return toJson(
    STEP,
    steps.map((step) => ({ ...step, key: step.key === null ? null : indexable(step.key), lane: indexable(step.lane) })),
  );
};

export const errorsJson = (errors: readonly AttemptError[]) => toJson(ERROR, errors);

function toJson<T extends object>(columns: Columns<T>, records: readonly T[]): string {
  const byColumn = (record: T) =>
    Object.fromEntries(columns.all.map((column) => [column.name, storable(toColumn(record, column))]));
  return JSON.stringify(records.map(byColumn));
}

/** PostgreSQL's JSON refuses NUL and halves of surrogate pairs. JSON text, which a column may have, has neither. */
function storable<T>(value: T): T | string {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value;
}

/** PostgreSQL refuses index entries over 2,704 bytes and text with NUL: such texts are kept as their digest. */
export function indexable(text: string): string {
  const fits = text.length <= 500 && !text.includes('\0');
  return fits ? text : createHash('sha256').update(text).digest('base64url');
}
