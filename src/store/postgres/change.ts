import type { Input, RunState } from '../../core/run.js';
import type { NewStep, Row, Step, StepStatus } from '../../core/step.js';
import { freesClaim, type Head, type PlacedStep } from '../decisions.js';
import { type Record, toHead, toRunState } from '../records.js';
import type { Database } from './database.js';
import { load, lockRun, save } from './statements.js';

/** A change that was overtaken this often by others of the same run locks it first. */
const TRIES_UNLOCKED = 3;

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
  readonly head: boolean;
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
  /** Whether the lane of a wanted item has a waiting step besides the step in question. */
  readonly isBusy: (lane: string) => boolean;
  /** As `handOut` wants them, the step in question left out. */
  readonly heads: readonly Head[];
  /** What becomes a head when the step in question no longer is one; null also when it is none. */
  readonly next: Head | null;
}

export interface Change {
  readonly run: RunState;
  readonly step?: StepState | null;
  /** Becomes a head. */
  readonly next?: Head | null;
  readonly added?: readonly PlacedStep[];
  /** Steps handed out under the run's epoch, added ones among them. */
  readonly taken?: readonly Step[];
  readonly rows?: readonly Row[];
  /** The claim's holder lets go of it. */
  readonly free?: boolean;
}

/** The answer, and the change to be written first, if any; null when nothing can be done. */
export type Decide<T> = (loaded: Loaded) => { change: Change | null; answer: T } | null;

/**
 * Answers what `decide` makes of the run, after writing the change it asks for. Null when the run is not there (or
 * no longer of the wanted epoch), or when `decide` says so.
 *
 * That is two statements and no transaction: what it is decided from, then everything it writes, under the condition
 * that the run still has the revision that was read; when it has not, the change is decided anew. So no lock is held
 * while this process thinks, and none is left behind by one that dies.
 */
export async function changeRun<T>(
  database: Database,
  wanted: Wanted,
  frozen: number | null,
  decide: Decide<T>,
): Promise<T | null> {
  const tryOnce = async (query: Database['query']) => {
    const loaded = await loadRun(query, wanted, frozen);
    const decided = loaded && decide(loaded);
    if (loaded === null || decided === null) return { answer: null };
    return decided.change === null || (await saveRun(query, loaded, decided.change)) ? decided : null;
  };
  const unlocked: Database['query'] = (statement, values) => database.query(statement, values);
  for (let tries = 0; tries < TRIES_UNLOCKED; tries += 1) {
    const done = await tryOnce(unlocked);
    if (done !== null) return done.answer;
  }
  return database.transaction(async (query) => {
    await query(lockRun, [wanted.runId]);
    const done = await tryOnce(query);
    if (done === null) throw new Error(`run ${wanted.runId} was changed although it was locked`);
    return done.answer;
  });
}

async function loadRun(query: Database['query'], wanted: Wanted, frozen: number | null): Promise<Loaded | null> {
  const { runId, epoch = null, position = null, items = [], count = -1 } = wanted;
  const keys = items.flatMap(({ key }) => (key === null ? [] : [key]));
  const lanes = [...new Set(items.map(({ lane }) => lane))];
  const { rows } = await query(load, [runId, frozen, epoch, position, keys, lanes, count]);
  const [record] = rows;
  if (record === undefined) return null;
  const known = new Set((record['keys'] as string[] | null) ?? []);
  const busy = new Set((record['busy_lanes'] as string[] | null) ?? []);
  const heads = (record['heads'] as Record[] | null) ?? [];
  const next = record['next'] as Record | null;
  return {
    run: toRunState(record),
    revision: Number(record['revision']),
    now: Number(record['now']),
    input: record['input'] === null ? {} : JSON.parse(String(record['input'])),
    step: record['step'] as StepState | null,
    knows: (key) => known.has(key),
    isBusy: (lane) => busy.has(lane),
    heads: heads.map((head) => toHead(runId, head)),
    next: next && toHead(runId, next),
  };
}

/**
 * In characters, of a step's rows and new items: several times this takes longer than a statement may, so that the
 * database would look away each time the step is tried again.
 */
const MAX_TEXT = 32 * 1024 * 1024;

/** False when the run was changed since it was loaded: nothing is written then. */
async function saveRun(query: Database['query'], loaded: Loaded, change: Change): Promise<boolean> {
  const { run, step = null, next = null, added = [], taken = [], rows = [], free = false } = change;
  const takenPositions = new Set(taken.map(({ position }) => position));
  const isTaken = (position: number) => (takenPositions.has(position) ? 1 : 0);
  const heads = new Set(next === null ? takenPositions : [...takenPositions, next.step.position]);
  for (const { position } of added) heads.delete(position);
  const items = added.map(({ item }) => JSON.stringify(item));
  const data = rows.map((row) => JSON.stringify(row));
  const characters = [...items, ...data].reduce((sum, { length }) => sum + length, 0);
  if (characters > MAX_TEXT) {
    throw new RangeError(`rows and items of ${characters} characters, of which one step may return ${MAX_TEXT}`);
  }
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
    [...heads],
    added.map(({ position }) => position),
    added.map(({ lane }) => lane),
    added.map(({ key }) => key),
    items,
    added.map(({ position }) => isTaken(position)),
    data,
    JSON.stringify(run.stats),
    run.maxTotal,
    loaded.now,
    step?.head ?? null,
    [...heads].map(isTaken),
    added.map(({ head }) => head),
  ]);
  return rowCount === 1;
}
