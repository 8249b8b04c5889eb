import type { Decision, Facts, RunChange } from '../../core/decision.js';
import { TobiishiError } from '../../core/errors.js';
import type { HandOver } from '../../core/hand-over.js';
import type { StepRecord } from '../../core/step.js';
import { type DatabaseRecord, RUN, STEP } from '../columns.js';
import type { FactsAhead, Loaded } from './ahead.js';
import type { Database } from './database.js';
import { changedRun, changedSteps, indexable, newErrors, newSteps } from './records.js';
import { MIGRATIONS } from './schema.js';
import { load, lockRun, save, saveWithError } from './statements.js';

/** A change that was overtaken this often by others of the same run locks it first. */
const TRIES_UNLOCKED = 3;

/**
 * Answers what the change makes of the run, after writing what it decided. Null when the run is not there (or no longer of
 * the epoch that it must have), or when the change is not allowed.
 *
 * That is two statements and no transaction: what it is decided from, then everything it writes, under the condition
 * that the run still has the revision that was read; when it has not, the change is decided anew. So no lock is held
 * while this process thinks, and none is left behind by one that dies. Where the change before knew the facts, it is one.
 * Only a change that puts the run back to work where workers wait for it is a transaction: they are told in it.
 */
export async function changeRun<T>(
  database: Database,
  change: RunChange<T>,
  frozen: number | null,
  ahead: FactsAhead,
  handOver: HandOver | null = null,
): Promise<T | null> {
  const save = async (query: Database['query'], loaded: Loaded, decision: Decision<T>) => {
    const step = ahead.stepOf(change, loaded, decision);
    const saved = await saveDecision(query, loaded, decision, step, frozen);
    if (saved === null) return false;
    const { run, added = [] } = decision;
    if (run !== undefined && step !== null) {
      const { now, following, flushedAt } = saved;
      const { unloaded } = loaded;
      ahead.keep({ run, step, revision: loaded.revision + 1, now, flushedAt, unloaded }, added, following);
    }
    return true;
  };
  const tryOnce = async (query: Database['query']) => {
    const loaded = await loadFacts(query, change, frozen);
    const decision = loaded && change.decide(loaded);
    if (loaded === null || decision === null) return { answer: null };
    const toWorkers = handOver !== null && isPutToWork(loaded, decision);
    if (toWorkers && query === unlocked) return null;
    if (decision.run !== undefined && !(await save(query, loaded, decision))) return null;
    if (toWorkers) await handOver(change.runId, query);
    return decision;
  };
  const unlocked: Database['query'] = (statement, values) => database.query(statement, values);
  const known = ahead.take(change, frozen);
  const decision = known && change.decide(known);
  if (known !== null && decision?.run !== undefined && (await save(unlocked, known, decision))) return decision.answer;
  for (let tries = 0; tries < TRIES_UNLOCKED; tries += 1) {
    const done = await tryOnce(unlocked);
    if (done !== null) return done.answer;
  }
  return database.transaction(async (query) => {
    await query(lockRun, [change.runId]);
    const done = await tryOnce(query);
    if (done === null) throw new Error(`run ${change.runId} was changed although it was locked`);
    return done.answer;
  });
}

function isPutToWork({ run: before }: Facts, { run: after }: Decision<unknown>): boolean {
  return before.background && before.status !== 'running' && after?.status === 'running';
}

/** Throws `newer-version` instead of claiming a run: what this version would write, the newer one might not understand. */
async function loadFacts(
  query: Database['query'],
  { name, runId, epoch, needs }: RunChange<unknown>,
  frozen: number | null,
): Promise<Loaded | null> {
  const { position = null, items = [], count = -1 } = needs;
  const keys = items.flatMap(({ key }) => (key === null ? [] : [indexable(key)]));
  const lanes = [...new Set(items.map(({ lane }) => indexable(lane)))];
  const { rows } = await query(load, [runId, frozen, epoch, position, keys, lanes, count]);
  const [record] = rows;
  if (record === undefined) return null;
  if (name === 'claim' && Number(record['schema']) > MIGRATIONS.length) throw newerVersion();
  const known = new Set((record['keys'] as string[] | null) ?? []);
  const busy = new Set((record['busy_lanes'] as string[] | null) ?? []);
  return {
    run: RUN.read(record),
    revision: Number(record['revision']),
    flushedAt: null,
    unloaded: 0,
    now: Number(record['now']),
    step: toStep(record['step']),
    next: toStep(record['next']),
    heads: ((record['heads'] as DatabaseRecord[] | null) ?? []).map((head) => STEP.read(head)),
    isKnown: (key) => known.has(indexable(key)),
    isBusy: (lane) => busy.has(indexable(lane)),
  };
}

export function newerVersion(): TobiishiError {
  return new TobiishiError('newer-version', 'a newer Tobiishi has changed the database: stop this one');
}

function toStep(record: unknown): StepRecord | null {
  return record === null ? null : STEP.read(record as DatabaseRecord);
}

/**
 * In characters, of a step's rows and new items: several times this takes longer than a statement may, so that the
 * database would look unavailable each time the step is tried again.
 */
const MAX_TEXT = 32 * 1024 * 1024;

interface Saved {
  /** The database's clock. */
  readonly now: number;
  /** What waited behind the step in its lane. */
  readonly following: StepRecord | null;
  /** Null when what was written is on the disk; else when that was so last. */
  readonly flushedAt: number | null;
}

/**
 * Null when the run was changed since it was loaded: nothing is written then. After a quick step a slice that goes on does not wait
 * for the disk; what ends the slice does, for all that came before. What a power cut takes is executed again.
 */
async function saveDecision(
  query: Database['query'],
  loaded: Loaded,
  decision: Decision<unknown>,
  step: StepRecord | null,
  frozen: number | null,
): Promise<Saved | null> {
  const { run = loaded.run, steps = [], added = [], rows = [], error = null } = decision;
  const items = newSteps(added);
  const characters = rows.reduce((sum, { length }) => sum + length, items.length);
  if (characters > MAX_TEXT) {
    throw new RangeError(`rows and items of ${characters} characters, of which one step may return ${MAX_TEXT}`);
  }
  const place = step === null ? [null, null, null] : [indexable(step.lane), step.line, step.position];
  const changes = [changedRun(run), loaded.revision, changedSteps(steps), items, rows, loaded.run.rowCount];
  const flushedAt = run.status === 'running' && run.leaseUntil !== null ? loaded.flushedAt : null;
  const values = [...changes, frozen, ...place, flushedAt === null];
  const saved = error === null ? query(save, values) : query(saveWithError, [...values, newErrors([error])]);
  const [record] = (await saved).rows;
  if (record === undefined) return null;
  return { now: Number(record['now']), following: toStep(record['following']), flushedAt };
}
