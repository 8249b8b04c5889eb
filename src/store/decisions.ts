/**
 * What becomes of a run, decided in one place for every store. All pure: a store reads what a decision needs, asks
 * for it, and writes the answer in the same transaction, or guarded so that nothing changed in between.
 */
import { averageStepMs } from '../core/progress.js';
import { type HostRecord, nextTurnAt } from '../core/rate-limit.js';
import { type RunReason, type RunState, type Stats, TRANSITIONS } from '../core/run.js';
import type { NewStep, Step } from '../core/step.js';
import type { Handed, Next, Recording } from '../core/store.js';
import { type Record, toHead, toHost, toStep } from './records.js';

export type Transition = keyof typeof TRANSITIONS;

/**
 * The run after a change of status; null when its present one forbids it. A run that ends or fails gets a new epoch,
 * so that what its claim's holder still writes is thrown away.
 */
export function changeStatus<R extends RunState>(
  run: R,
  name: Transition,
  reason: RunReason | null,
  now: number,
): R | null {
  const { from, to } = TRANSITIONS[name];
  if (!from.some((status) => status === run.status)) return null;
  return {
    ...run,
    ...stopwatch(run, to === 'running', now),
    status: to,
    reason,
    gaveUpPosition: to === 'failed' ? run.gaveUpPosition : null,
    epoch: run.epoch + (to === 'cancelled' || to === 'failed' ? 1 : 0),
    updatedAt: now,
    endedAt: to === 'cancelled' || to === 'done' ? now : null,
  };
}

/** The run when nothing is left to do: `done`. Otherwise as it was. */
export function finishIfOver<R extends RunState>(run: R, now: number): R {
  return run.seq < run.total ? run : (changeStatus(run, 'finish', null, now) ?? run);
}

/** Whether the change ends the claim: the run is over, or what its holder does is void. */
export function freesClaim(before: RunState, after: RunState): boolean {
  return after.epoch !== before.epoch || after.status === 'done';
}

/** The run with one more step recorded and `added` to its line. */
export function afterRecording<R extends RunState>(run: R, recording: Recording, added: Added, now: number): R {
  const done = recording.status === 'done';
  const after = {
    ...run,
    seq: run.seq + 1,
    total: added.total,
    maxTotal: added.maxTotal,
    droppedCount: run.droppedCount + added.dropped,
    rowCount: run.rowCount + ((done && recording.outcome.rows?.length) || 0),
    failedCount: run.failedCount + (done ? 0 : 1),
    stepMs: averageStepMs(run.stepMs, Math.max(0, now - run.updatedAt), run.seq + 1),
    stats: addStats(run.stats, recording.stats),
    updatedAt: now,
  };
  return finishIfOver(after, now);
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

/** The run with the step that gave up skipped, after `changeStatus(run, 'skip')`. */
export function afterSkipping<R extends RunState>(run: R, now: number): R {
  return finishIfOver({ ...run, seq: run.seq + 1 }, now);
}

export interface PlacedStep extends NewStep {
  readonly position: number;
  /** First of its lane. */
  readonly head: boolean;
}

export interface Added {
  readonly placed: readonly PlacedStep[];
  /** How many steps the run then has. */
  readonly total: number;
  /** How many it may then have. */
  readonly maxTotal: number;
  /** How many did not fit. */
  readonly dropped: number;
}

/**
 * Where new steps go: what is known already is left out, what is past the limit dropped. `isBusy`: whether a lane has a
 * waiting step already.
 */
export function placeSteps(
  run: Pick<RunState, 'total' | 'maxTotal'>,
  steps: readonly NewStep[],
  isKnown: (key: string) => boolean,
  isBusy: (lane: string) => boolean,
): Added {
  const placed: PlacedStep[] = [];
  const seen = new Set<string>();
  const lanes = new Set<string>();
  let { total, maxTotal } = run;
  let dropped = 0;
  for (const step of steps) {
    const { key, lane } = step;
    if (key !== null && (seen.has(key) || isKnown(key))) continue;
    if (step.counted === false) maxTotal += 1;
    else if (total >= maxTotal) {
      dropped += 1;
      continue;
    }
    total += 1;
    if (key !== null) seen.add(key);
    placed.push({ ...step, position: total, head: !lanes.has(lane) && !isBusy(lane) });
    lanes.add(lane);
  }
  return { placed, total, maxTotal, dropped };
}

/** A head is the first waiting step of its lane. */
export interface Head {
  readonly step: Step;
  /** Its place in line. */
  readonly line: number;
}

/** Those among the steps just added. */
export function newHeads(runId: string, { placed }: Added): Head[] {
  return placed
    .filter(({ head }) => head)
    .map(({ position, item }) => ({
      line: position,
      step: {
        runId,
        position,
        item,
        status: 'waiting',
        seq: null,
        attempts: 0,
        dueAt: null,
        failure: null,
        note: null,
      },
    }));
}

/**
 * Which of `heads`, none of them at work, are handed out: those whose wait is over first, so that a lane keeps its
 * pace, then the others as they stand in line. Each counts an attempt. `heads` must have one more than `count` of those
 * without a wait, the first in line, and of those with one, the earliest.
 */
export function handOut(run: RunState, heads: readonly Head[], count: number, now: number): Handed {
  if (run.status !== 'running') return { steps: [], waitMs: null };
  const waits = heads.flatMap(({ step: { dueAt } }) => (dueAt !== null && dueAt > now ? [dueAt - now] : []));
  const due = heads.filter(({ step: { dueAt } }) => dueAt === null || dueAt <= now).sort(inOrder);
  const steps = due.slice(0, count).map(({ step }) => ({ ...step, attempts: step.attempts + 1 }));
  if (due.length > count) return { steps, waitMs: 0 };
  return { steps, waitMs: waits.length === 0 ? null : Math.min(...waits) };
}

/** Of the waiting steps with a due time, and of those without one: so many are looked at to tell what comes next. */
export const LOOKED_AT = 20;

/** A head that may come next, with the host it asks. */
export interface Candidate {
  readonly head: Head;
  readonly host: HostRecord;
  /** Somebody works on it, in another process. */
  readonly atWork: boolean;
}

/** Of a record with the head, its host if that is known, and `at_work`. */
export function toCandidate(record: Record): Candidate {
  const head = toHead(String(record['run_id']), record);
  return { head, host: toHost(record), atWork: Boolean(record['at_work']) };
}

/** What comes next: the head that need not wait, in the order of `handOut`, or else waits shortest. */
export function chooseNext(candidates: readonly Candidate[], now: number): Next | null {
  const all = candidates.map(({ head, host, atWork }) => {
    // Whoever works on it has had its turn.
    const turnAt = atWork ? 0 : nextTurnAt(host, now);
    const dueMs = Math.max(0, (head.step.dueAt ?? 0) - now);
    return { head, host, dueMs, waitMs: Math.max(dueMs, turnAt - now) };
  });
  const [first] = all.sort((a, b) => a.waitMs - b.waitMs || inOrder(a.head, b.head));
  if (first === undefined) return null;
  // Where there are more, the host of another may be free before.
  const waitMs = all.length < LOOKED_AT ? first.waitMs : Math.min(...all.map(({ dueMs }) => dueMs));
  const { parkedUntil } = first.host;
  return { step: first.head.step, waitMs, parkedForMs: waitMs > 0 && parkedUntil > now ? parkedUntil - now : null };
}

/** The step that gave up comes next, and waits for the visitor alone. `record`: undefined when its run was just deleted. */
export function stoppedAt(record: Record | undefined): Next | null {
  return record === undefined ? null : { step: toStep(record), waitMs: 0, parkedForMs: null };
}

function inOrder(a: Head, b: Head): number {
  const [waitedA, waitedB] = [a, b].map(({ step }) => step.dueAt ?? Number.MAX_SAFE_INTEGER) as [number, number];
  return waitedA - waitedB || a.line - b.line || a.step.position - b.step.position;
}

function stopwatch({ activeSince, activeMs }: RunState, running: boolean, now: number) {
  return {
    // A clock set back must not take away what was counted.
    activeMs: activeMs + (activeSince === null ? 0 : Math.max(0, now - activeSince)),
    activeSince: running ? now : null,
  };
}
