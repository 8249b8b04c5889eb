/** The lanes in which a run's steps wait: where new ones go, which are handed out, which comes next. All pure. */
import type { TurnWait } from './rate-limit.js';
import type { RunState } from './run.js';
import type { NewStep, Step, StepRecord } from './step.js';

/** Steps handed out to a claim's holder, and when it can ask for more. */
export interface Handed {
  readonly steps: readonly Step[];
  /** Until the earliest of the steps that must wait is due, by the store's clock, which alone counts; null for none. */
  readonly waitMs: number | null;
}

export interface Added {
  readonly steps: readonly StepRecord[];
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
export function addSteps(
  run: Pick<RunState, 'id' | 'total' | 'maxTotal'> & Partial<Pick<RunState, 'planned'>>,
  steps: readonly NewStep[],
  isKnown: (key: string) => boolean,
  isBusy: (lane: string) => boolean,
): Added {
  const added: StepRecord[] = [];
  const keys = new Set<string>();
  const lanes = new Set<string>();
  // Those that the plan still has to add get their positions then.
  const later = run.planned?.steps ?? 0;
  let { total, maxTotal } = run;
  let dropped = 0;
  for (const step of steps) {
    const { key, lane } = step;
    if (key !== null && (keys.has(key) || isKnown(key))) continue;
    if (step.counted === false) maxTotal += 1;
    else if (total >= maxTotal) {
      dropped += 1;
      continue;
    }
    total += 1;
    if (key !== null) keys.add(key);
    added.push(newRecord(run.id, total - later, step, !lanes.has(lane) && !isBusy(lane)));
    lanes.add(lane);
  }
  return { steps: added, total, maxTotal, dropped };
}

function newRecord(runId: string, position: number, { item, key, lane }: NewStep, head: boolean): StepRecord {
  return {
    runId,
    position,
    item,
    key,
    lane,
    line: position,
    status: 'waiting',
    attempts: 0,
    takenEpoch: 0,
    dueAt: null,
    postponedAt: null,
    seq: null,
    failure: null,
    note: null,
    head,
  };
}

/**
 * Which of `heads`, none of them at work, are handed out under the run's epoch: those whose wait is over first, so that a
 * lane keeps its pace, then the others as they stand in line. Each counts an attempt. `heads` must have one more than
 * `count` of those without a wait, the first in line, and of those with one, the earliest.
 */
export function handOut(run: RunState, heads: readonly StepRecord[], count: number, now: number) {
  if (run.status !== 'running') return NOTHING_HANDED;
  const settled = heads.map((head) => withoutVoidWait(head, now));
  const waits = settled.flatMap(({ dueAt }) => (dueAt !== null && dueAt > now ? [dueAt - now] : []));
  const due = settled.filter(({ dueAt }) => dueAt === null || dueAt <= now).sort(inOrder);
  const steps = due.slice(0, count).map((step): StepRecord => {
    return { ...step, attempts: step.attempts + 1, takenEpoch: run.epoch, dueAt: null, head: true };
  });
  if (due.length > count) return { steps, waitMs: 0 };
  return { steps, waitMs: waits.length === 0 ? null : Math.min(...waits) };
}

export const NOTHING_HANDED = { steps: [] as readonly StepRecord[], waitMs: null };

/** Of the heads with a due time, and of those without one: so many are looked at to tell what comes next. */
export const LOOKED_AT = 20;

/** A step that may come next. */
export interface Upcoming {
  readonly step: StepRecord;
  /** Until it is due, by the store's clock. */
  readonly dueInMs: number;
  /** Somebody works on it. */
  readonly atWork: boolean;
}

export function upcoming(record: StepRecord, atWork: boolean, now: number): Upcoming {
  const step = withoutVoidWait(record, now);
  return { step, atWork, dueInMs: Math.max(0, (step.dueAt ?? 0) - now) };
}

/** What comes next in a run. */
export interface Next {
  readonly step: Step;
  /** Until it may start: it is due, and has its turn. */
  readonly waitMs: number;
  /** For how long a pause holds up its turn; null when none does. */
  readonly pausedForMs: number | null;
}

/**
 * What comes next: the head that need not wait, in the order of `handOut`, or else waits shortest. `turns`: how long each
 * of `heads` waits for its turn, null for one that needs none.
 */
export function chooseNext(heads: readonly Upcoming[], turns: readonly (TurnWait | null)[]): Next | null {
  const all = heads.map(({ step, dueInMs, atWork }, i) => {
    // Whoever works on it has had its turn.
    const turn = atWork ? null : (turns[i] ?? null);
    return { step, dueInMs, waitMs: Math.max(dueInMs, turn?.waitMs ?? 0), pausedForMs: turn?.pausedForMs ?? null };
  });
  const [first] = all.sort((a, b) => a.waitMs - b.waitMs || inOrder(a.step, b.step));
  if (first === undefined) return null;
  // Where there are more, another may have its turn before.
  const waitMs = all.length < LOOKED_AT ? first.waitMs : Math.min(...all.map(({ dueInMs }) => dueInMs));
  return { step: first.step, waitMs, pausedForMs: waitMs > 0 ? first.pausedForMs : null };
}

/**
 * A wait that began in the future began before the clock was set back: it is over, as nobody knows what is left of it.
 */
function withoutVoidWait(step: StepRecord, now: number): StepRecord {
  return step.postponedAt !== null && step.postponedAt > now ? { ...step, dueAt: null } : step;
}

function inOrder(a: StepRecord, b: StepRecord): number {
  const due = ({ dueAt }: StepRecord) => dueAt ?? Number.MAX_SAFE_INTEGER;
  return due(a) - due(b) || comesBefore(a, b);
}

/** Below 0 when `a` stands before `b` in their lane. */
export function comesBefore(a: StepRecord, b: StepRecord): number {
  return a.line - b.line || a.position - b.position;
}
