import type { Run } from './run.js';

/** Milliseconds that the run has been running, pauses left out. */
export function elapsedMs(run: Run, now: number): number {
  return run.activeMs + (run.activeSince === null ? 0 : Math.max(0, now - run.activeSince));
}

/** Milliseconds until the last known step, from measured steps; null before the first is measured. */
export function remainingMs(run: Run): number | null {
  return run.stepMs === null || run.status !== 'running' ? null : (run.total - run.seq) * run.stepMs;
}

const NEWEST_WEIGHT = 0.2;

/** The smoothed time per step after one more took `ms`. */
export function smoothedStepMs(before: number | null, ms: number): number {
  return before === null ? ms : before * (1 - NEWEST_WEIGHT) + ms * NEWEST_WEIGHT;
}
