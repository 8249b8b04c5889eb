import type { Failure } from './errors.js';
import type { NewRun, Run, RunReason, RunState, Stats } from './run.js';
import type { NewStep, Outcome, Row, Step } from './step.js';

/** The exclusive, expiring right to execute a run's next slice. */
export interface Claim {
  readonly runId: string;
  readonly epoch: number;
}

/** A claim just granted, with the first steps handed out under it. */
export interface Claimed extends Claim {
  readonly handed: Handed;
}

/** Steps handed out to a claim's holder, and when it can ask for more. */
export interface Handed {
  readonly steps: readonly Step[];
  /** Until the earliest of the steps that must wait is due, by the store's clock, which alone counts; null for none. */
  readonly waitMs: number | null;
}

/** What became of a step that is recorded now. */
export type Recording =
  | {
      readonly status: 'done';
      readonly outcome: Outcome;
      readonly items: readonly NewStep[];
      readonly stats: Stats;
    }
  | { readonly status: 'failed'; readonly failure: Failure; readonly stats: Stats };

/** What the holder does next: take up to so many more steps, or let go of the claim. */
export type Then = { readonly take: number } | 'release';

/** Why a step goes back in line unrecorded. */
export interface Postponement {
  /** For how long it may not be handed out; null when it may at once. */
  readonly waitMs: number | null;
  /** What the attempt failed with; null when there was none to count (not its turn yet, or the server stops). */
  readonly failure: Failure | null;
  /** Behind every other step of its lane instead of in place. */
  readonly toEnd: boolean;
  readonly stats: Stats;
}

/** What comes next in a run. */
export interface Next {
  readonly step: Step;
  /** Until it may start, by the store's clock: it is due, and its lane, where that is a host, may be asked. */
  readonly waitMs: number;
  /** For how long its host still wants to be left alone; null when it does not. */
  readonly parkedForMs: number | null;
}

export interface RecordedRow {
  /** From 1, counting the run's rows in step order. */
  readonly number: number;
  readonly row: Row;
}

/** `granted`: the host may be asked now, and this start is noted. Otherwise not for another `waitMs`. */
export type Turn = { readonly granted: true } | { readonly granted: false; readonly waitMs: number };

/**
 * Where runs and steps live. Every method is one short transaction. Methods that take a claim write nothing and
 * answer null or false when its epoch is no longer the run's: the claim was lost, and what was done under it is
 * thrown away. A store that cannot be reached throws `TobiishiError` with code `store-away`.
 */
export interface Store {
  // Runs

  /** Plans and starts a run. Throws `too-many-runs` when the visitor has `maxUnfinished` unfinished ones. */
  createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run>;
  findRun(id: string): Promise<Run | null>;
  /** Unfinished ones first, the newest of each first. */
  listRuns(visitorId: string, limit: number): Promise<Run[]>;
  // The changes of status, each as `TRANSITIONS` states it; null when the run's status forbids it.
  pauseRun(id: string): Promise<Run | null>;
  resumeRun(id: string): Promise<Run | null>;
  /** Gives the step that gave up its attempts back. */
  retryRun(id: string): Promise<Run | null>;
  /** Records the step that gave up as skipped. */
  skipStep(id: string): Promise<Run | null>;
  /** Raises the epoch, so that the step being worked on is thrown away. */
  cancelRun(id: string): Promise<Run | null>;
  failRun(id: string, reason: RunReason): Promise<Run | null>;

  /** Gone at once; what belonged to it is swept bit by bit. A step at work is thrown away. False when absent. */
  deleteRun(id: string): Promise<boolean>;
  /** Lets whoever knows `token` read the run, or nobody when it is null. Null when the run is absent. */
  shareRun(id: string, token: string | null): Promise<Run | null>;
  findSharedRun(token: string): Promise<Run | null>;

  // Executing

  /**
   * One conditional update: the run is `running`, at `seq`, and its lease is free or expired. Raises the epoch, then does
   * what `take` does. Null when another holder has it or the run has moved on.
   */
  claim(runId: string, seq: number, leaseMs: number, count: number): Promise<Claimed | null>;
  /** Hands out up to `count` due steps, each the first of its lane, and counts an attempt for each. */
  take(claim: Claim, count: number): Promise<Handed | null>;
  /** False also when the claim was released. */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /**
   * Records a step: its outcome, its new items, the run's seq and counts, and `done` when none is left; then does
   * what `then` says, all in one transaction.
   */
  record(claim: Claim, position: number, recording: Recording, then: Then): Promise<Recorded | null>;
  /** Puts a step back in line. False also when it is not at work under the claim (any more). */
  postpone(claim: Claim, position: number, postponement: Postponement): Promise<boolean>;
  /** The step's last attempt failed in a job that stops at failures: the run is `failed`, the claim released. */
  giveUp(claim: Claim, position: number, failure: Failure, stats: Stats): Promise<RunState | null>;
  release(claim: Claim): Promise<boolean>;

  // Reading

  /**
   * The step that gave up, or else the one that will be handed out and find its host ready first, as far as the first few
   * in line show it; null when none is left.
   */
  nextStep(run: RunState): Promise<Next | null>;
  /** Rows with a number above `after`, in order. */
  listRows(runId: string, after: number, limit: number): Promise<RecordedRow[]>;
  /** Failed and skipped steps, newest first, from the one recorded before seq `before` on; null for the newest. */
  listFailures(runId: string, before: number | null, limit: number): Promise<Step[]>;
  /** Recorded steps with a position above `after`, in order of position. */
  listSteps(runId: string, after: number, limit: number): Promise<Step[]>;

  // Hosts

  /**
   * Asks for a host's next start. `delayMs` counts from the last start; while several runs ask for the same host, the
   * longest of their delays holds for all, so that the most careful one is never starved.
   */
  takeTurn(host: string, delayMs: number): Promise<Turn>;
  /** The start that the host's last turn was for happened only now: the delay to the next one counts from here. */
  noteStart(host: string): Promise<void>;
  /** Nobody's turn comes within the next `forMs`: the host asked for a pause. Never shortens an earlier one. */
  parkHost(host: string, forMs: number): Promise<void>;
  /** For how many milliseconds the host still wants to be left alone, by the store's clock; null when it does not. */
  parkedForMs(host: string): Promise<number | null>;

  // What runs share

  /** Text kept under `key`, or null when there is none or it has expired. */
  findShared(key: string): Promise<string | null>;
  saveShared(key: string, text: string, ttlMs: number): Promise<void>;

  // Keeping house

  /** Deletes runs not touched for `ttlMs` and whatever has expired, at most `limit` records. True when more is left. */
  sweep(ttlMs: number, limit: number): Promise<boolean>;
  /** Throws when the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Recorded {
  readonly run: RunState;
  readonly handed: Handed;
}
