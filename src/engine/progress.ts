import type { Run } from '../core/run.js';
import type { Step } from '../core/step.js';

/** Where a run is: what every page of it shows. */
export interface Progress {
  readonly run: Run;
  /** The step being worked on, or the next in line, or the one that gave up; null when none is left. */
  readonly step: Step | null;
  /** How long `step` has been worked on, in milliseconds; null when nobody works on it in this process. */
  readonly workingMs: number | null;
  /** Until `step` may start or, at work, may go on, in milliseconds; 0 when it does not wait. */
  readonly waitMs: number;
  /** The key of the turn that a step at work waits for; null when none is at work: then it is the lane of `step`. */
  readonly waitsFor: string | null;
  /** How much longer whoever is waited for wants a pause; null when there is none. */
  readonly pausedForMs: number | null;
}
