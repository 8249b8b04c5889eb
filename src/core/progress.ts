import type { Run } from './run.js';
import type { Step } from './step.js';

/** Milliseconds that the run has been running, pauses left out. */
export function elapsedMs(run: Run, now: number): number {
  return run.activeMs + (run.activeSince === null ? 0 : Math.max(0, now - run.activeSince));
}

/** So many steps are averaged: a run on many hosts records them in bursts, one in each pause. */
const WINDOW_STEPS = 50;
/** Longer than this nobody waits for a step without asking, unless its waits are that long: the visitor was away. */
const AWAY_MS = 30_000;

/**
 * Milliseconds until the last known step, at the pace so far; `leastStepMs`: what the job knows of it, which counts until
 * enough is measured, 0 for nothing. Null before it can be known.
 */
export function remainingMs(run: Run, leastStepMs: number, now: number): number | null {
  if (run.status !== 'running') return null;
  const measured = run.seq < 2 ? 0 : run.stepMs;
  if (measured === null || (run.seq < 2 && leastStepMs === 0)) return null;
  const stepMs = run.seq > WINDOW_STEPS ? measured : Math.max(measured, leastStepMs);
  const sinceLast = Math.max(0, now - Math.max(run.updatedAt, run.activeSince ?? 0));
  return (run.total - run.seq) * stepMs - Math.min(sinceLast, stepMs);
}

/** Whoever drives a run asks for a step sooner than this after the one before, or after the time that the step waited for. */
const ASKED_WITHIN_MS = 5000;

/** Whether nobody asks for the run's next step: it goes on when its page is opened. */
export function isWaitingForPage(
  { run, step, workingMs, waitMs }: { run: Run; step: Step | null; workingMs: number | null; waitMs: number },
  now: number,
): boolean {
  if (run.status !== 'running' || workingMs !== null || waitMs > 0) return false;
  return now - Math.max(run.updatedAt, run.activeSince ?? 0, step?.dueAt ?? 0) > ASKED_WITHIN_MS;
}

/**
 * The average time per step after the `seq`th took `ms` since the one before, waits included. The first counts for nothing
 * once there is another: nothing was waited for before it.
 */
export function averageStepMs(before: number | null, ms: number, seq: number): number {
  if (before === null || seq <= 2) return ms;
  const sane = Math.min(ms, Math.max(AWAY_MS, before * 10));
  return before + (sane - before) / Math.min(seq - 1, WINDOW_STEPS);
}
