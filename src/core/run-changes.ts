/**
 * Every change of a run, decided here for all stores. A store reads what a change needs, asks it to decide, and writes
 * what it decided: in one transaction, or guarded so that nothing changed in between.
 */

import type { Claim, Claimed, FailedAttempt, Postponement, Recorded, Recording, Then } from './claim.js';
import type { Decision, Facts, RunChange } from './decision.js';
import type { ErrorDetails } from './errors.js';
import { bytesOf, textBytes } from './kept-bytes.js';
import { addSteps, comesBefore, type Handed, handOut, NOTHING_HANDED } from './lanes.js';
import { averageStepMs } from './progress.js';
import type { RunAction, RunReason, RunState } from './run.js';
import { addStats, changeStatus, finishIfOver, type Transition, withError } from './run-state.js';
import type { NewStep, Outcome, StepRecord } from './step.js';

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
      if (before.status !== 'running' || before.seq !== seq || !isFree(before, now)) return null;
      const run = { ...before, epoch: before.epoch + 1, leaseUntil: now + leaseMs };
      const handed = handOut(run, heads, count, now);
      return { run, steps: handed.steps, answer: { runId, epoch: run.epoch, handed } };
    },
  };
}

/** Version 0.1 gives such ones, and may be at work beside this one. */
const LONGEST_LEASE_MS = 15_000;

/** A lease that ends later than a fresh one would was written before the clock was set back: it is void. */
function isFree({ leaseUntil }: RunState, now: number): boolean {
  return leaseUntil === null || leaseUntil <= now || leaseUntil > now + LONGEST_LEASE_MS;
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
  const { items, outcome } = outcomeOf(recording);
  const fileSizes = recording.status === 'done' ? (recording.fileSizes ?? []) : [];
  const { note = '' } = outcome;
  const fileBytes = fileSizes.reduce((sum, size) => sum + size, 0);
  const rows = (outcome.rows ?? []).map((row) => JSON.stringify(row));
  const count = then === 'release' ? {} : { count: then.take };
  return {
    name: 'record',
    ...claim,
    needs: { position, items, ...count },
    rows,
    decide(facts) {
      const { run: before, next, heads, now } = facts;
      const step = stepAtWork(facts, position);
      if (step === null) return null;
      const added = addSteps(before, items, facts.isKnown, facts.isBusy);
      const counted = {
        ...before,
        seq: before.seq + 1,
        total: added.total,
        maxTotal: added.maxTotal,
        droppedCount: before.droppedCount + added.dropped,
        rowCount: before.rowCount + rows.length,
        fileCount: before.fileCount + fileSizes.length,
        bytes: before.bytes + textBytes(rows) + textBytes([note]) + bytesOf(added.steps) + fileBytes,
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
        note: note || null,
      };
      const moved: StepRecord[] = next === null ? [] : [{ ...next, head: true }];
      const candidates = [...heads, ...moved, ...added.steps.filter(({ head }) => head)];
      const handed = then === 'release' ? NOTHING_HANDED : handOut(run, candidates, then.take, now);
      const answer: Recorded = { run, handed };
      return { run, rows, error, answer, ...withTaken([recorded, ...moved], added.steps, handed.steps) };
    },
  };
}

/** The items of a plan that come after the first `offset`. */
export interface NextPlanned {
  readonly offset: number;
  readonly items: readonly NewStep[];
  /** Stands for the last of them, as in `PlanRest`. */
  readonly last: string;
  /** There are no more. */
  readonly isOver: boolean;
}

/** Adds the next steps of the run's plan. Null also when somebody else has added them. */
export function addPlanned(claim: Claim, { offset, items, last, isOver }: NextPlanned): RunChange<RunState> {
  return {
    name: 'plan',
    ...claim,
    needs: { items },
    decide({ run: before, now, isKnown, isBusy }) {
      const { planned } = before;
      if (planned?.offset !== offset) return null;
      const had = before.total - planned.steps;
      // Whatever found steps have added since, of the plan's there are as many as were counted at first.
      const own = { id: before.id, total: had, maxTotal: had + planned.counted };
      const { steps, total, maxTotal } = addSteps(own, items, isKnown, isBusy);
      const left = isOver ? 0 : Math.max(0, planned.steps - steps.length);
      const rest = { offset: offset + items.length, last, steps: left, counted: maxTotal - total };
      const bytes = before.bytes + bytesOf(steps);
      const run = finishIfOver({ ...before, total: total + left, planned: left === 0 ? null : rest, bytes }, now);
      return { run, added: steps, answer: run };
    },
  };
}

/** A step that failed for good may have rows, too. */
function outcomeOf(recording: Recording): { readonly items: readonly NewStep[]; readonly outcome: Outcome } {
  return recording.status === 'done' ? recording : { items: [], outcome: { rows: recording.rows ?? [] } };
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
      const step = stepAtWork(facts, position);
      if (step === null) return null;
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
export const shareRun = (runId: string, token: string | null) => edit(runId, 'share', { shareToken: token });

/** Gives the run a name, or takes it away when it is null. */
export const nameRun = (runId: string, name: string | null) => edit(runId, 'name', { name });

function edit(runId: string, name: 'share' | 'name', fields: Partial<RunState>): RunChange<RunState> {
  return {
    name,
    runId,
    epoch: null,
    needs: {},
    decide({ run: before, now }) {
      const run = { ...before, ...fields, updatedAt: now };
      return { run, answer: run };
    },
  };
}

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

/** Null when it is not at work under the claim: a database that lost its power knows nothing of the last moment. */
function stepAtWork({ run, step }: Facts, position: number): StepRecord | null {
  if (step !== null && step.seq !== null) throw new Error(`step ${run.id}:${position} is recorded already`);
  return step?.takenEpoch === run.epoch ? step : null;
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

function attemptError(attempt: { readonly error?: ErrorDetails | null } | Recording): ErrorDetails | null {
  return ('error' in attempt && attempt.error) || null;
}
