import type { Clock } from '../core/clock.js';
import { type ErrorCode, isTobiishiError } from '../core/errors.js';
import type { Run } from '../core/run.js';
import type { Store } from '../core/store.js';
import type { Driver } from '../engine/driver.js';
import type { Progress } from '../engine/progress.js';

export interface DriveDeps {
  readonly driver: Pick<Driver, 'advance' | 'rest'>;
  readonly store: Pick<Store, 'findRun'>;
  readonly clock: Clock;
}

export interface DriveOptions {
  /** Aborted to stop: no further step begins, and those at work are recorded before `drive` resolves. */
  readonly signal?: AbortSignal;
  /** Called after each slice, and every few seconds while one goes on or another process works on the run. */
  onProgress?(progress: Progress): void;
  /** Called when no slot is free, the store cannot be reached or a rate is used up, before it is tried again. */
  onTrouble?(error: unknown): void;
}

/** What may have changed meanwhile, such as a pause, is noticed after this long. */
const LONGEST_WAIT_MS = 30_000;
const TRY_AGAIN_MS = 1000;
/** What is over after a while, or after the seconds that the error names. */
const PASSING: readonly ErrorCode[] = ['too-busy', 'store-unavailable', 'too-many-requests'];

/**
 * Asks for one step of a run after the other, as its page would: until the run is no longer `running`, or the signal is
 * aborted. Waits where a step may not start yet, watches while another process has the claim, and takes over when that one is
 * gone. Resolves with the run as it is then; null when it was deleted.
 */
export async function drive(runId: string, deps: DriveDeps, options: DriveOptions = {}): Promise<Run | null> {
  const { signal } = options;
  const rest = () => deps.driver.rest(runId);
  signal?.addEventListener('abort', rest, { once: true });
  try {
    for (;;) {
      const asked = await ask(runId, deps, options);
      if (asked === null || 'status' in asked) return asked;
      await deps.clock.sleep(asked.waitMs, signal).catch(() => {});
    }
  } finally {
    signal?.removeEventListener('abort', rest);
  }
}

/** Asks once. Answers the run when there is nothing more to ask for, else how long to wait before asking again. */
async function ask(
  runId: string,
  { driver, store }: DriveDeps,
  { signal, onProgress, onTrouble }: DriveOptions,
): Promise<Run | null | { readonly waitMs: number }> {
  try {
    const before = await store.findRun(runId);
    if (before?.status !== 'running' || signal?.aborted) return before;
    const progress = await driver.advance(before, before.seq);
    onProgress?.(progress);
    const { run, workingMs, waitMs } = progress;
    if (run.status !== 'running') return run;
    return { waitMs: workingMs === null ? Math.min(waitMs, LONGEST_WAIT_MS) : 0 };
  } catch (error) {
    if (!isTobiishiError(error) || !PASSING.includes(error.code)) throw error;
    onTrouble?.(error);
    const { seconds } = error.params;
    return { waitMs: typeof seconds === 'number' ? seconds * 1000 : TRY_AGAIN_MS };
  }
}
