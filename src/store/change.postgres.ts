import type { Input, RunState } from '../core/run.js';
import type { NewStep, Row, Step, StepStatus } from '../core/step.js';
import type { Database } from './database.postgres.js';
import { freesClaim, type PlacedStep } from './decisions.js';
import { type Record, toRunState, toStep } from './records.js';
import { load, save } from './statements.postgres.js';

/** What a change is to be decided from. */
export interface Wanted {
  readonly runId: string;
  /** Nothing is loaded when the run has another. */
  readonly epoch?: number;
  /** The step in question; default: the one that gave up. */
  readonly position?: number;
  readonly items?: readonly NewStep[];
  /** How many steps are to be handed out; absent: none. */
  readonly count?: number;
}

/** What changes of a step. */
export interface StepState {
  readonly position: number;
  readonly status: StepStatus;
  readonly seq: number | null;
  readonly attempts: number;
  /** Epoch of the claim under which it was handed out last; 0 after it was put back. */
  readonly takenEpoch: number;
  readonly dueAt: number | null;
  /** Its place in its lane. */
  readonly line: number;
  /** JSON text. */
  readonly failure: string | null;
  readonly note: string | null;
}

/** A run and what was asked for, as of one moment. */
export interface Loaded {
  readonly run: RunState;
  readonly revision: number;
  readonly now: number;
  /** Empty when an epoch was wanted. */
  readonly input: Input;
  readonly step: StepState | null;
  /** Whether the run has a step with that key, for keys of the wanted items. */
  readonly knows: (key: string) => boolean;
  /** The first waiting step of each lane where none is at work, in order, once the step in question is recorded and these are added. */
  readonly headsWith: (added: readonly PlacedStep[]) => Step[];
}

export interface Change {
  readonly run: RunState;
  readonly step?: StepState | null;
  readonly added?: readonly PlacedStep[];
  /** Steps handed out under the run's epoch, added ones among them. */
  readonly taken?: readonly Step[];
  readonly rows?: readonly Row[];
  /** The claim's holder lets go of it. */
  readonly free?: boolean;
}

export async function loadRun(query: Database['query'], wanted: Wanted, frozen: number | null): Promise<Loaded | null> {
  const { runId, epoch = null, position = null, items = [], count = -1 } = wanted;
  const keys = items.flatMap(({ key }) => (key === null ? [] : [key]));
  const lanes = [...new Set(items.map(({ lane }) => lane))];
  const { rows } = await query(load, [runId, frozen, epoch, position, keys, lanes, count]);
  const [record] = rows;
  if (record === undefined) return null;
  const known = new Set((record['keys'] as string[] | null) ?? []);
  const busy = new Set((record['busy_lanes'] as string[] | null) ?? []);
  const heads = (record['heads'] as Record[] | null) ?? [];
  return {
    run: toRunState(record),
    revision: Number(record['revision']),
    now: Number(record['now']),
    input: record['input'] === null ? {} : JSON.parse(String(record['input'])),
    step: record['step'] as StepState | null,
    knows: (key) => known.has(key),
    headsWith: (added) => headsOf(runId, heads, busy, added),
  };
}

/** False when the run was changed since it was loaded: nothing is written then. */
export async function saveRun(query: Database['query'], loaded: Loaded, change: Change): Promise<boolean> {
  const { run, step = null, added = [], taken = [], rows = [], free = false } = change;
  const takenPositions = new Set(taken.map(({ position }) => position));
  const addedPositions = new Set(added.map(({ position }) => position));
  const { rowCount } = await query(save, [
    run.id,
    loaded.revision,
    run.status,
    run.reason,
    run.seq,
    run.total,
    run.droppedCount,
    run.rowCount,
    run.failedCount,
    run.gaveUpPosition,
    run.epoch,
    run.updatedAt,
    run.endedAt,
    run.activeSince,
    run.activeMs,
    run.stepMs,
    free || freesClaim(loaded.run, run),
    step?.position ?? null,
    step?.status ?? null,
    step?.seq ?? null,
    step?.attempts ?? null,
    step?.takenEpoch ?? null,
    step?.dueAt ?? null,
    step?.line ?? null,
    step?.failure ?? null,
    step?.note ?? null,
    [...takenPositions].filter((position) => !addedPositions.has(position)),
    added.map(({ position }) => position),
    added.map(({ lane }) => lane),
    added.map(({ key }) => key),
    added.map(({ item }) => JSON.stringify(item)),
    added.map(({ position }) => (takenPositions.has(position) ? 1 : 0)),
    rows.map((row) => JSON.stringify(row)),
    JSON.stringify(run.stats),
    run.maxTotal,
    loaded.now,
  ]);
  return rowCount === 1;
}

function headsOf(
  runId: string,
  heads: readonly Record[],
  busy: ReadonlySet<string>,
  added: readonly PlacedStep[],
): Step[] {
  const firsts = new Map<string, PlacedStep>();
  for (const step of added) if (!busy.has(step.lane) && !firsts.has(step.lane)) firsts.set(step.lane, step);
  const known = heads.map((record) => ({ line: Number(record['line']), step: toStep(record) }));
  const fresh = [...firsts.values()].map(({ position, item }) => ({
    line: position,
    step: waiting(runId, position, item),
  }));
  return [...known, ...fresh]
    .sort((a, b) => a.line - b.line || a.step.position - b.step.position)
    .map(({ step }) => step);
}

function waiting(runId: string, position: number, item: Step['item']): Step {
  return { runId, position, item, status: 'waiting', seq: null, attempts: 0, dueAt: null, failure: null, note: null };
}
