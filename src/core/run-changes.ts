/**
 * Every change of a run, decided here for all stores. A store reads what a change needs, asks it to decide, and writes
 * what it decided: in one transaction, or guarded so that nothing changed in between.
 */

import type { ErrorDetails, Failure } from './errors.js';
import { addSteps, comesBefore, type Handed, handOut, NOTHING_HANDED } from './lanes.js';
import { averageStepMs } from './progress.js';
import {
  type NewRun,
  type Run,
  type RunAction,
  type RunReason,
  type RunState,
  type Stats,
  TRANSITIONS,
} from './run.js';
import type { AttemptError, NewStep, Outcome, Row, StepRecord } from './step.js';

/** The exclusive, expiring right to execute a run's next slice. */
export interface Claim {
  readonly runId: string;
  readonly epoch: number;
}

/** A change to be made by a store's `change`, which answers null when it is not allowed. Make it with a function below. */
export interface RunChange<T> {
  readonly name:
    | 'claim'
    | 'take'
    | 'renew'
    | 'release'
    | 'record'
    | 'postpone'
    | 'acquit'
    | 'give-up'
    | 'share'
    | Transition;
  readonly runId: string;
  /** Null, or the epoch that the run must have: with another, the claim was lost and nothing is changed. */
  readonly epoch: number | null;
  readonly needs: Needs;
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
  /** Of the step recorded as the run's seq; numbered on from those that the run had. */
  readonly rows?: readonly Row[];
  /** Kept under the number that is the run's `errorCount`. */
  readonly error?: AttemptError | null;
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
      readonly stats: Stats;
    }
  | ({ readonly status: 'failed' } & FailedAttempt);

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

// Under a claim

/**
 * The run is `running`, at `seq`, and its lease is free or expired: raises the epoch and hands out up to `count` steps.
 * Null when another holder has it or the run has moved on.
 */
export function claimRun(runId: string, seq: number, leaseMs: number, count: number): RunChange<Claimed> {
  return {
    name: 'claim',
    runId,
    epoch: null,
    needs: { count },
    decide({ run: before, heads, now }) {
      if (before.status !== 'running' || before.seq !== seq || !isFree(before, leaseMs, now)) return null;
      const run = { ...before, epoch: before.epoch + 1, leaseUntil: now + leaseMs };
      const handed = handOut(run, heads, count, now);
      return { run, steps: handed.steps, answer: { runId, epoch: run.epoch, handed } };
    },
  };
}

/** A lease that ends later than a fresh one would was written before the clock was set back: it is void. */
function isFree({ leaseUntil }: RunState, leaseMs: number, now: number): boolean {
  return leaseUntil === null || leaseUntil <= now || leaseUntil > now + leaseMs;
}

/** Hands out up to `count` due steps, each the first of its lane, and counts an attempt for each. */
export function takeSteps(claim: Claim, count: number): RunChange<Handed> {
  return {
    name: 'take',
    ...claim,
    needs: { count },
    decide({ run, heads, now }) {
      const handed = handOut(run, heads, count, now);
      return handed.steps.length === 0 ? { answer: handed } : { run, steps: handed.steps, answer: handed };
    },
  };
}

/** Null also when the claim was released. */
export function renewClaim(claim: Claim, leaseMs: number): RunChange<true> {
  return {
    name: 'renew',
    ...claim,
    needs: {},
    decide: ({ run, now }) =>
      run.leaseUntil === null ? null : { run: { ...run, leaseUntil: now + leaseMs }, answer: true },
  };
}

export function releaseClaim(claim: Claim): RunChange<true> {
  return {
    name: 'release',
    ...claim,
    needs: {},
    decide: ({ run }) => ({ run: { ...run, leaseUntil: null }, answer: true }),
  };
}

/**
 * Records a step: its outcome, its new items, the run's seq and counts, and `done` when none is left; then does what `then`
 * says.
 */
export function recordStep(claim: Claim, position: number, recording: Recording, then: Then): RunChange<Recorded> {
  const { items, outcome } = recording.status === 'done' ? recording : { items: [], outcome: {} };
  const rows = outcome.rows ?? [];
  const count = then === 'release' ? {} : { count: then.take };
  return {
    name: 'record',
    ...claim,
    needs: { position, items, ...count },
    decide(facts) {
      const { run: before, next, heads, now } = facts;
      const step = waitingStep(facts, position);
      const added = addSteps(before, items, facts.isKnown, facts.isBusy);
      const counted = {
        ...before,
        seq: before.seq + 1,
        total: added.total,
        maxTotal: added.maxTotal,
        droppedCount: before.droppedCount + added.dropped,
        rowCount: before.rowCount + rows.length,
        failedCount: before.failedCount + (recording.status === 'done' ? 0 : 1),
        stepMs: averageStepMs(before.stepMs, Math.max(0, now - before.updatedAt), before.seq + 1),
        stats: addStats(before.stats, recording.stats),
        updatedAt: now,
        leaseUntil: then === 'release' ? null : before.leaseUntil,
      };
      const { error, run } = withError(finishIfOver(counted, now), step, attemptError(recording), now);
      const recorded: StepRecord = {
        ...step,
        status: recording.status,
        seq: run.seq,
        head: false,
        failure: recording.status === 'done' ? null : recording.failure,
        note: outcome.note || null,
      };
      const moved: StepRecord[] = next === null ? [] : [{ ...next, head: true }];
      const candidates = [...heads, ...moved, ...added.steps.filter(({ head }) => head)];
      const handed = then === 'release' ? NOTHING_HANDED : handOut(run, candidates, then.take, now);
      const answer: Recorded = { run, handed };
      return { run, rows, error, answer, ...withTaken([recorded, ...moved], added.steps, handed.steps) };
    },
  };
}

/** Puts a step back in line. Null also when it is not at work under the claim (any more). */
export function postponeStep(claim: Claim, position: number, postponement: Postponement): RunChange<true> {
  const { waitMs, failure, toEnd, stats } = postponement;
  return {
    name: 'postpone',
    ...claim,
    needs: { position },
    decide({ run, step, next, now }) {
      if (step === null || step.seq !== null || step.takenEpoch !== run.epoch) return null;
      const back: StepRecord = {
        ...step,
        dueAt: waitMs === null ? null : now + waitMs,
        postponedAt: now,
        takenEpoch: 0,
        attempts: step.attempts - (failure === null ? 1 : 0),
        failure: failure ?? step.failure,
        line: toEnd ? run.total + 1 : step.line,
      };
      const counted = { ...run, stats: addStats(run.stats, stats) };
      const after = withError(counted, step, attemptError(postponement), now);
      const isBehind = next !== null && comesBefore(next, back) < 0;
      const steps = isBehind
        ? [
            { ...back, head: false },
            { ...next, head: true },
          ]
        : [back];
      return { ...after, steps, answer: true };
    },
  };
}

/**
 * Takes back the attempt of a step that was at work when the claim's former holder died. Null when it was not. It stays one that
 * the holder left behind, until it is handed out again.
 */
export function acquitStep(claim: Claim, position: number): RunChange<true> {
  return {
    name: 'acquit',
    ...claim,
    needs: { position },
    decide({ run, step }) {
      if (step === null || step.seq !== null || step.takenEpoch !== run.epoch - 1) return null;
      return { run, steps: [{ ...step, attempts: step.attempts - 1 }], answer: true };
    },
  };
}

/** The step's last attempt failed in a job that stops at failures: the run is `failed`, the claim released. */
export function giveUpStep(claim: Claim, position: number, attempt: FailedAttempt): RunChange<RunState> {
  return {
    name: 'give-up',
    ...claim,
    needs: { position },
    decide(facts) {
      const { run: before, now } = facts;
      const step = waitingStep(facts, position);
      const stats = addStats(before.stats, attempt.stats);
      const failed = changeStatus({ ...before, gaveUpPosition: position, stats }, 'fail', 'step-failed', now);
      if (failed === null) return null;
      const { run, error } = withError(failed, step, attemptError(attempt), now);
      const gaveUp = { ...step, failure: attempt.failure, dueAt: null, takenEpoch: 0 };
      return { run, error, steps: [gaveUp], answer: run };
    },
  };
}

// By the visitor, or by the engine for good

export const pauseRun = (runId: string) => transition(runId, 'pause');

export const resumeRun = (runId: string) => transition(runId, 'resume');

/** Raises the epoch, so that the step being worked on is thrown away. */
export const cancelRun = (runId: string) => transition(runId, 'cancel');

export const failRun = (runId: string, reason: RunReason) => transition(runId, 'fail', reason);

/** What the visitor pressed. */
export function controlRun(runId: string, action: RunAction): RunChange<RunState> {
  return CONTROLS[action](runId);
}

/** Gives the step that gave up its attempts back. */
export function retryRun(runId: string): RunChange<RunState> {
  return transition(runId, 'retry', null, (run, { step }) => ({
    run,
    steps: step === null ? [] : [{ ...step, attempts: 0, dueAt: null }],
  }));
}

/** Records the step that gave up as skipped. */
export function skipStep(runId: string): RunChange<RunState> {
  return transition(runId, 'skip', null, (skipping, { step, next, now }) => {
    if (step === null) return null;
    const run = finishIfOver({ ...skipping, seq: skipping.seq + 1 }, now);
    const skipped: StepRecord = { ...step, status: 'skipped', seq: run.seq, head: false };
    return { run, steps: next === null ? [skipped] : [skipped, { ...next, head: true }] };
  });
}

const CONTROLS: Readonly<Record<RunAction, (runId: string) => RunChange<RunState>>> = {
  pause: pauseRun,
  resume: resumeRun,
  retry: retryRun,
  skip: skipStep,
  cancel: cancelRun,
};

/** Lets whoever knows `token` read the run, or nobody when it is null. */
export function shareRun(runId: string, token: string | null): RunChange<RunState> {
  return {
    name: 'share',
    runId,
    epoch: null,
    needs: {},
    decide({ run: before, now }) {
      const run = { ...before, shareToken: token, updatedAt: now };
      return { run, answer: run };
    },
  };
}

type Transition = keyof typeof TRANSITIONS;

type Changed = Pick<Decision<unknown>, 'steps'> & { readonly run: RunState };

/** `also`: what else changes with the run, which has its new status already; null when that is not allowed after all. */
function transition(
  runId: string,
  name: Transition,
  reason: RunReason | null = null,
  also: (run: RunState, facts: Facts) => Changed | null = (run) => ({ run }),
): RunChange<RunState> {
  return {
    name,
    runId,
    epoch: null,
    needs: {},
    decide(facts) {
      const run = changeStatus(facts.run, name, reason, facts.now);
      const changed = run && also(run, facts);
      return changed && { ...changed, answer: changed.run };
    },
  };
}

// The parts that changes are made of

/** A run as it starts, with its steps. */
export function startRun(
  run: NewRun,
  steps: readonly NewStep[],
  now: number,
): { run: Run; steps: readonly StepRecord[] } {
  const none = () => false;
  const added = addSteps({ id: run.id, total: 0, maxTotal: run.maxTotal }, steps, none, none);
  const started: Run = {
    ...run,
    status: 'running',
    reason: null,
    seq: 0,
    total: added.total,
    maxTotal: added.maxTotal,
    droppedCount: added.dropped,
    rowCount: 0,
    failedCount: 0,
    gaveUpPosition: null,
    epoch: 0,
    leaseUntil: null,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
    activeSince: now,
    activeMs: 0,
    stepMs: null,
    stats: {},
    shareToken: null,
    errorCount: 0,
  };
  return { run: started, steps: added.steps };
}

/**
 * The run after a change of status; null when its present one forbids it. A run that ends or fails frees its claim; one
 * that fails or is cancelled gets a new epoch, too, so that what the claim's holder still writes is thrown away.
 */
function changeStatus(run: RunState, name: Transition, reason: RunReason | null, now: number): RunState | null {
  const { from, to } = TRANSITIONS[name];
  if (!from.some((status) => status === run.status)) return null;
  const isVoid = to === 'cancelled' || to === 'failed';
  return {
    ...run,
    ...stopwatch(run, to === 'running', now),
    status: to,
    reason,
    gaveUpPosition: to === 'failed' ? run.gaveUpPosition : null,
    epoch: run.epoch + (isVoid ? 1 : 0),
    leaseUntil: isVoid || to === 'done' ? null : run.leaseUntil,
    updatedAt: now,
    endedAt: to === 'cancelled' || to === 'done' ? now : null,
  };
}

function stopwatch({ activeSince, activeMs }: RunState, running: boolean, now: number) {
  return {
    // A clock set back must not take away what was counted.
    activeMs: activeMs + (activeSince === null ? 0 : Math.max(0, now - activeSince)),
    activeSince: running ? now : null,
  };
}

/** The run when nothing is left to do: `done`. Otherwise as it was. */
function finishIfOver(run: RunState, now: number): RunState {
  return run.seq < run.total ? run : (changeStatus(run, 'finish', null, now) ?? run);
}

function waitingStep({ run, step }: Facts, position: number): StepRecord {
  if (step === null || step.seq !== null) throw new Error(`step ${run.id}:${position} is recorded already`);
  return step;
}

/** What is to be written when some of the changed and added steps, and others, were handed out. */
function withTaken(changed: readonly StepRecord[], added: readonly StepRecord[], taken: readonly StepRecord[]) {
  if (taken.length === 0) return { steps: changed, added };
  const byPosition = new Map(taken.map((step) => [step.position, step]));
  const asTaken = (step: StepRecord) => {
    const handed = byPosition.get(step.position) ?? step;
    byPosition.delete(step.position);
    return handed;
  };
  const written = { steps: changed.map(asTaken), added: added.map(asTaken) };
  return { ...written, steps: [...written.steps, ...byPosition.values()] };
}

const MAX_STATS = 100;

/** The sums; names past the hundredth are left out, so that a run's record stays small. */
function addStats(before: Stats, more: Stats): Stats {
  const names = Object.keys(more);
  if (names.length === 0) return before;
  const sums: { [name: string]: number } = { ...before };
  for (const name of names) {
    if (Object.hasOwn(sums, name) || Object.keys(sums).length < MAX_STATS)
      sums[name] = (sums[name] ?? 0) + (more[name] ?? 0);
  }
  return sums;
}

function attemptError(attempt: { readonly error?: ErrorDetails | null } | Recording): ErrorDetails | null {
  return ('error' in attempt && attempt.error) || null;
}

/** The run with one more error, and the error as it is kept. */
function withError(run: RunState, step: StepRecord, details: ErrorDetails | null, now: number) {
  if (details === null) return { run, error: null };
  const error: AttemptError = { ...details, position: step.position, attempt: step.attempts, at: now };
  return { run: { ...run, errorCount: run.errorCount + 1 }, error };
}
