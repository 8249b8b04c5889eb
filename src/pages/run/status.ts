import type { Job } from '../../core/job.js';
import { remainingMs } from '../../core/progress.js';
import type { RunReason, RunStatus } from '../../core/run.js';
import type { Progress } from '../../engine/progress.js';
import type { Words } from '../../http/words.js';
import { failureText } from '../job/texts.js';
import { warningsOf, warningText } from './warnings.js';

/** Where a run is, for machines: the JSON of the API and of the command line. Times are in milliseconds. */
export interface RunStatusJson {
  readonly id: string;
  readonly job: string;
  /** Given by its owner; null for none. */
  readonly name: string | null;
  readonly status: RunStatus;
  /** Why it is `failed`; null when it is not. */
  readonly reason: RunReason | null;
  readonly seq: number;
  readonly total: number;
  readonly rowCount: number;
  readonly failedCount: number;
  /** Items left out because the run may have no more. */
  readonly droppedCount: number;
  /** Null while it cannot be known. */
  readonly remainingMs: number | null;
  /** Until the next step may start; 0 when it may now. */
  readonly waitMs: number;
  /** How long the step at work has been worked on; null when none is. */
  readonly workingMs: number | null;
  /** Of the step that gave up, or of the step at work when its last attempt failed. */
  readonly failure: string | null;
  /** What the job has to say of a run that is over. */
  readonly warnings: readonly string[];
}

export function runStatus(words: Words, job: Job | undefined, progress: Progress, now: number): RunStatusJson {
  const { run, step, waitMs, workingMs } = progress;
  const { id, status, reason, seq, total, rowCount, failedCount, droppedCount } = run;
  const failure = step?.failure ?? null;
  return {
    id,
    job: run.job,
    name: run.name,
    status,
    reason,
    seq,
    total,
    rowCount,
    failedCount,
    droppedCount,
    remainingMs: remainingMs(run, job?.leastStepMs(run.input) ?? 0, now),
    waitMs,
    workingMs,
    failure: failure && failureText(words, run.job, failure),
    warnings: warningsOf(job, run).map((warning) => warningText(words, run.job, warning)),
  };
}
