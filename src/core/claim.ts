import type { ErrorDetails, Failure } from './errors.js';
import type { Handed } from './lanes.js';
import type { RunState, Stats } from './run.js';
import type { NewStep, Outcome, Row } from './step.js';

/** The exclusive, expiring right to execute a run's next slice. */
export interface Claim {
  readonly runId: string;
  readonly epoch: number;
}

/** A claim just granted, with the first steps handed out under it. */
export interface Claimed extends Claim {
  readonly handed: Handed;
}

export interface Recorded {
  readonly run: RunState;
  readonly handed: Handed;
}

/** What became of a step that is recorded now. */
export type Recording =
  | {
      readonly status: 'done';
      readonly outcome: Outcome;
      readonly items: readonly NewStep[];
      /** The sizes of the files that are kept already. */
      readonly fileSizes?: readonly number[];
      readonly stats: Stats;
    }
  /** `rows`: what it has all the same. */
  | ({ readonly status: 'failed'; readonly rows?: readonly Row[] } & FailedAttempt);

/** An attempt that failed, and what it counted. */
export interface FailedAttempt {
  /** For the visitor. */
  readonly failure: Failure;
  /** For the operator; null when nothing was thrown. */
  readonly error?: ErrorDetails | null;
  readonly stats: Stats;
}

/** What the holder does next: take up to so many more steps, or let go of the claim. */
export type Then = { readonly take: number } | 'release';

/** Why a step goes back in line unrecorded. */
export interface Postponement {
  /** For how long it may not be handed out; null when it may at once. */
  readonly waitMs: number | null;
  /** What the attempt failed with; null when there was none to count (not its turn yet, or the server stops). */
  readonly failure: Failure | null;
  readonly error?: ErrorDetails | null;
  /** Behind every other step of its lane instead of in place. */
  readonly toEnd: boolean;
  readonly stats: Stats;
}
