import { StepError } from '../core/errors.js';
import { jsonProblem } from '../core/json.js';
import type { Outcome } from '../core/step.js';

/** What a step returned, when it can be kept. Throws the `StepError` `bad-outcome`, which says what cannot and where. */
export function checkedOutcome(outcome: unknown): Outcome {
  const problem = problemOf(outcome);
  if (problem === null) return outcome as Outcome;
  throw badOutcome(problem);
}

export function badOutcome(problem: string, cause?: unknown): StepError {
  return new StepError('bad-outcome', `what the step returned cannot be kept: ${problem}`, {
    params: { problem },
    retry: false,
    cause,
  });
}

function problemOf(outcome: unknown): string | null {
  if (!isObject(outcome)) return 'it is no object; return {} when there is nothing to add';
  const { rows = [], items = [], files = [], note = '' } = outcome;
  if (!Array.isArray(rows)) return 'rows is no array';
  if (!Array.isArray(items)) return 'items is no array';
  if (!Array.isArray(files)) return 'files is no array';
  if (typeof note !== 'string') return 'note is no text';
  for (const [i, row] of rows.entries()) {
    if (!isObject(row) || Array.isArray(row)) return `rows[${i}] is no object of cells by column`;
    const problem = jsonProblem(row, `rows[${i}]`);
    if (problem !== null) return `${problem}; a cell must be JSON`;
  }
  for (const [i, file] of files.entries()) {
    if (!isFile(file)) return `files[${i}] is no file: { name, content }, of a text, bytes or a stream of bytes`;
  }
  return null;
}

function isFile(file: unknown): boolean {
  if (!isObject(file) || typeof file['name'] !== 'string') return false;
  const { content } = file;
  return (
    typeof content === 'string' ||
    content instanceof Uint8Array ||
    (isObject(content) && Symbol.asyncIterator in content)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
