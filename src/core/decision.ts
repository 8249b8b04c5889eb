import type { RunState } from './run.js';
import type { Transition } from './run-state.js';
import type { AttemptError, NewStep, StepRecord } from './step.js';

/** A change to be made by a store's `change`, which answers null when it is not allowed. `core/run-changes.ts` makes them. */
export interface RunChange<T> {
  readonly name:
    | 'claim'
    | 'take'
    | 'renew'
    | 'release'
    | 'record'
    | 'postpone'
    | 'acquit'
    | 'plan'
    | 'give-up'
    | 'share'
    | 'name'
    | Transition;
  readonly runId: string;
  /** Null, or the epoch that the run must have: with another, the claim was lost and nothing is changed. */
  readonly epoch: number | null;
  readonly needs: Needs;
  /** Those of the decision: of many a store may write some before it decides, where nobody sees them until then. */
  readonly rows?: readonly string[];
  /** May be called again, when the run was changed by somebody else before the decision was written. */
  decide(facts: Facts): Decision<T> | null;
}

/** What a change must know besides the run. */
export interface Needs {
  /** Of the step that it is about; absent: the one that gave up, if any. */
  readonly position?: number;
  /** How many steps are to be handed out; absent: none. */
  readonly count?: number;
  /** Steps that may be new. */
  readonly items?: readonly NewStep[];
}

/** What a change is decided from, as of one moment. */
export interface Facts {
  readonly run: RunState;
  readonly now: number;
  /** The step that the change is about. */
  readonly step: StepRecord | null;
  /** What becomes the head of that step's lane when the step no longer is; null also when it is no head. */
  readonly next: StepRecord | null;
  /** As `handOut` wants them for the needed `count`, without `step`, and without those at work under the change's epoch. */
  readonly heads: readonly StepRecord[];
  /** Whether the run has a step with the key of a needed item. */
  isKnown(key: string): boolean;
  /** Whether the lane of a needed item has a waiting step besides `step`. */
  isBusy(lane: string): boolean;
}

/** What a store answers and writes. */
export interface Decision<T> {
  readonly answer: T;
  /** Absent when the run stays as it is. */
  readonly run?: RunState;
  /** Steps that changed. */
  readonly steps?: readonly StepRecord[];
  readonly added?: readonly StepRecord[];
  /** Of the step recorded as the run's seq, each as JSON; numbered on from those that the run had. */
  readonly rows?: readonly string[];
  /** Kept under the number that is the run's `errorCount`. */
  readonly error?: AttemptError | null;
}
