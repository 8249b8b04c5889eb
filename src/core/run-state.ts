/** The parts that changes of a run are made of. All pure. */
import type { ErrorDetails } from './errors.js';
import { bytesOf, jsonBytes, RUN_BYTES } from './kept-bytes.js';
import { addSteps } from './lanes.js';
import { type NewRun, type Run, type RunReason, type RunState, type Stats, TRANSITIONS } from './run.js';
import type { AttemptError, NewStep, StepRecord } from './step.js';

export type Transition = keyof typeof TRANSITIONS;

/** A run as it starts, with its steps. */
export function startRun(
  { droppedLater = 0, uploads = [], ...run }: NewRun,
  steps: readonly NewStep[],
  now: number,
): { run: Run; steps: readonly StepRecord[] } {
  const none = () => false;
  const { planned = null } = run;
  const later = planned ?? { steps: 0, counted: 0 };
  const added = addSteps({ id: run.id, total: 0, maxTotal: run.maxTotal }, steps, none, none);
  const started: Run = {
    ...run,
    status: 'running',
    reason: null,
    seq: 0,
    total: added.total + later.steps,
    maxTotal: added.maxTotal + later.steps - later.counted,
    droppedCount: added.dropped + droppedLater,
    rowCount: 0,
    fileCount: 0,
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
    name: null,
    background: run.background ?? true,
    bytes: RUN_BYTES + jsonBytes(run.input) + bytesOf(added.steps) + uploads.reduce((sum, { size }) => sum + size, 0),
    planned,
  };
  return { run: started, steps: added.steps };
}

/**
 * The run after a change of status; null when its present one forbids it. A run that ends or fails frees its claim; one
 * that fails or is cancelled gets a new epoch, too, so that what the claim's holder still writes is thrown away.
 */
export function changeStatus(run: RunState, name: Transition, reason: RunReason | null, now: number): RunState | null {
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
export function finishIfOver(run: RunState, now: number): RunState {
  return run.seq < run.total ? run : (changeStatus(run, 'finish', null, now) ?? run);
}

const MAX_STATS = 100;

/** The sums; names past the hundredth are left out, so that a run's record stays small. */
export function addStats(before: Stats, more: Stats): Stats {
  const names = Object.keys(more);
  if (names.length === 0) return before;
  const sums: { [name: string]: number } = { ...before };
  for (const name of names) {
    if (Object.hasOwn(sums, name) || Object.keys(sums).length < MAX_STATS)
      sums[name] = (sums[name] ?? 0) + (more[name] ?? 0);
  }
  return sums;
}

/** The run with one more error, and the error as it is kept. */
export function withError(run: RunState, step: StepRecord, details: ErrorDetails | null, now: number) {
  if (details === null) return { run, error: null };
  const error: AttemptError = { ...details, position: step.position, attempt: step.attempts, at: now };
  return { run: { ...run, errorCount: run.errorCount + 1 }, error };
}
