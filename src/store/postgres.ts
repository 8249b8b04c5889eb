import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { type Failure, TobiishiError } from '../core/errors.js';
import { type NewRun, type Run, type RunReason, type RunState, type Stats, UNFINISHED } from '../core/run.js';
import type { NewStep, Step } from '../core/step.js';
import type {
  Claim,
  Handed,
  Postponement,
  Recorded,
  RecordedRow,
  Recording,
  Store,
  Then,
  Turn,
} from '../core/store.js';
import { type Change, type Loaded, loadRun, saveRun, type Wanted } from './change.postgres.js';
import type { Database, Result, Statement, Value } from './database.postgres.js';
import {
  addStats,
  afterRecording,
  afterSkipping,
  changeStatus,
  handOut,
  newHeads,
  placeSteps,
  type Transition,
} from './decisions.js';
import { toHost, toRun, toStep } from './records.js';
import * as sql from './statements.postgres.js';
import { decideTurn } from './turns.js';

/** Steps inserted by one statement. */
const AT_ONCE = 5000;

/** A change that was overtaken this often by others of the same run locks it first. */
const TRIES_UNLOCKED = 3;

/**
 * Runs and steps in PostgreSQL, for any number of processes at once. Times are the database's, since the clocks of
 * machines differ; a clock given instead is for tests.
 *
 * A change of a run is two statements and no transaction: what it is decided from, then everything it writes, under
 * the condition that the run still has the revision that was read; when it has not, the change is decided anew. So no
 * lock is held while this process thinks, and none is left behind by one that dies.
 */
export class PostgresStore implements Store {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    const none = () => false;
    const added = placeSteps({ total: 0, maxTotal: run.maxTotal }, steps.map(storable), none, none);
    const { id, visitorId, job, version } = run;
    const values = [id, visitorId, job, version, added.total, added.maxTotal, added.dropped, UNFINISHED];
    return this.database.transaction(async (query) => {
      // Two runs started at the same time would each not see the other.
      await query(sql.lockVisitor, [visitorId]);
      const { rows } = await query(sql.insertRun, [...values, JSON.stringify(run.input), this.#now, maxUnfinished]);
      const [record] = rows;
      if (record === undefined) {
        throw new TobiishiError('too-many-runs', 'visitor has too many unfinished runs', { max: maxUnfinished });
      }
      for (let i = 0; i < added.placed.length; i += AT_ONCE) {
        const some = added.placed.slice(i, i + AT_ONCE);
        await query(sql.insertSteps, [
          id,
          some.map(({ position }) => position),
          some.map(({ lane }) => lane),
          some.map(({ key }) => key),
          some.map(({ item }) => JSON.stringify(item)),
          some.map(({ head }) => head),
        ]);
      }
      return toRun(record);
    });
  }

  async findRun(id: string): Promise<Run | null> {
    const [record] = (await this.#query(sql.findRun, id)).rows;
    return record === undefined ? null : toRun(record);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    return (await this.#query(sql.listRuns, visitorId, limit)).rows.map(toRun);
  }

  async pauseRun(id: string): Promise<Run | null> {
    return this.#control(id, 'pause');
  }

  async resumeRun(id: string): Promise<Run | null> {
    return this.#control(id, 'resume');
  }

  async cancelRun(id: string): Promise<Run | null> {
    return this.#control(id, 'cancel');
  }

  async failRun(id: string, reason: RunReason): Promise<Run | null> {
    return this.#control(id, 'fail', reason);
  }

  async retryRun(id: string): Promise<Run | null> {
    return this.#change<Run>({ runId: id }, ({ run, step, now, input }) => {
      const after = changeStatus(run, 'retry', null, now);
      const again = step && { ...step, attempts: 0, dueAt: null };
      return after && { change: { run: after, step: again }, answer: { ...after, input } };
    });
  }

  async skipStep(id: string): Promise<Run | null> {
    return this.#change<Run>({ runId: id }, ({ run, step, next, now, input }) => {
      const skipping = changeStatus(run, 'skip', null, now);
      if (step === null || skipping === null) return null;
      const after = afterSkipping(skipping, now);
      const skipped = { ...step, status: 'skipped' as const, seq: after.seq, head: false };
      return { change: { run: after, step: skipped, next }, answer: { ...after, input } };
    });
  }

  async deleteRun(id: string): Promise<boolean> {
    return (await this.#query(sql.deleteRun, id)).rowCount === 1;
  }

  async shareRun(id: string, token: string | null): Promise<Run | null> {
    await this.#query(sql.shareRun, id, token);
    return this.findRun(id);
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const [record] = (await this.#query(sql.findSharedRun, token)).rows;
    return record === undefined ? null : toRun(record);
  }

  async claim(runId: string, seq: number, leaseMs: number): Promise<Claim | null> {
    const [record] = (await this.#query(sql.claim, runId, seq, leaseMs, this.#now)).rows;
    return record === undefined ? null : { runId, epoch: Number(record['epoch']) };
  }

  async renew({ runId, epoch }: Claim, leaseMs: number): Promise<boolean> {
    return (await this.#query(sql.renew, runId, epoch, leaseMs, this.#now)).rowCount === 1;
  }

  async release({ runId, epoch }: Claim): Promise<boolean> {
    return (await this.#query(sql.release, runId, epoch)).rowCount === 1;
  }

  async take(claim: Claim, count: number): Promise<Handed | null> {
    return this.#change({ ...claim, count }, ({ run, heads, now }) => {
      const handed = handOut(run, heads, count, now);
      return { change: handed.steps.length === 0 ? null : { run, taken: handed.steps }, answer: handed };
    });
  }

  async record(claim: Claim, position: number, recording: Recording, then: Then): Promise<Recorded | null> {
    const done = recording.status === 'done';
    const items = done ? recording.items.map(storable) : [];
    const wanted = { ...claim, position, items, ...(then === 'release' ? {} : { count: then.take }) };
    return this.#change<Recorded>(wanted, ({ run: before, step, next, heads, knows, isBusy, now }) => {
      if (step === null || step.seq !== null) throw new Error(`step ${claim.runId}:${position} is recorded already`);
      const added = placeSteps(before, items, knows, isBusy);
      const run = afterRecording(before, recording, added, now);
      const recorded = {
        ...step,
        status: recording.status,
        seq: run.seq,
        head: false,
        failure: done ? null : JSON.stringify(recording.failure),
        note: ((done && recording.outcome.note) || null)?.replaceAll('\0', '\ufffd') ?? null,
      };
      const all = [...heads, ...(next === null ? [] : [next]), ...newHeads(run.id, added)];
      const handed: Handed = then === 'release' ? { steps: [], waitMs: null } : handOut(run, all, then.take, now);
      const rows = (done && recording.outcome.rows) || [];
      const change = { run, step: recorded, next, rows, added: added.placed, taken: handed.steps };
      return { change: { ...change, free: then === 'release' }, answer: { run, handed } };
    });
  }

  async postpone(claim: Claim, position: number, { waitMs, failure, toEnd, stats }: Postponement): Promise<boolean> {
    const kept = await this.#change({ ...claim, position }, ({ run, step, next, now }) => {
      if (step === null || step.seq !== null) return null;
      const line = toEnd ? run.total + 1 : step.line;
      const isBehind = next !== null && (next.line - line || next.step.position - position) < 0;
      const back = {
        ...step,
        dueAt: waitMs === null ? null : now + waitMs,
        takenEpoch: 0,
        attempts: step.attempts - (failure === null ? 1 : 0),
        failure: failure === null ? step.failure : JSON.stringify(failure),
        line,
        head: step.head && !isBehind,
      };
      const after = { ...run, stats: addStats(run.stats, stats) };
      return { change: { run: after, step: back, next: isBehind ? next : null }, answer: true };
    });
    return kept ?? false;
  }

  async giveUp(claim: Claim, position: number, failure: Failure, stats: Stats): Promise<RunState | null> {
    return this.#change({ ...claim, position }, ({ run, step, now }) => {
      const after = changeStatus(
        { ...run, gaveUpPosition: position, stats: addStats(run.stats, stats) },
        'fail',
        'step-failed',
        now,
      );
      const failed = step && { ...step, failure: JSON.stringify(failure), dueAt: null, takenEpoch: 0 };
      return after && { change: { run: after, step: failed }, answer: after };
    });
  }

  async nextStep(run: RunState): Promise<Step | null> {
    const { gaveUpPosition } = run;
    const [record] = (
      gaveUpPosition === null
        ? await this.#query(sql.nextStep, run.id)
        : await this.#query(sql.findStep, run.id, gaveUpPosition)
    ).rows;
    return record === undefined ? null : toStep(record);
  }

  async listRows(runId: string, after: number, limit: number): Promise<RecordedRow[]> {
    const { rows } = await this.#query(sql.listRows, runId, after, limit);
    return rows.map(({ number, data }) => ({ number: Number(number), row: JSON.parse(String(data)) }));
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    const { rows } = await this.#query(sql.listFailures, runId, before ?? Number.MAX_SAFE_INTEGER, limit);
    return rows.map(toStep);
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    const { rows } = await this.#query(sql.listSteps, runId, after, limit);
    return rows.map(toStep);
  }

  async takeTurn(host: string, delayMs: number): Promise<Turn> {
    return this.database.transaction(async (query) => {
      const [record] = (await query(sql.lockHost, [indexable(host), this.#now])).rows;
      if (record === undefined) throw new Error(`host ${host} was not kept`);
      const { turn, save } = decideTurn(toHost(record), delayMs, Number(record['now']));
      await query(sql.saveHost, [indexable(host), save.startedAt, save.delayMs, save.delayUntil]);
      return turn;
    });
  }

  async noteStart(host: string): Promise<void> {
    await this.#query(sql.noteStart, indexable(host), this.#now);
  }

  async parkHost(host: string, until: number): Promise<void> {
    await this.#query(sql.parkHost, indexable(host), until);
  }

  async parkedUntil(host: string): Promise<number | null> {
    const [record] = (await this.#query(sql.parkedUntil, indexable(host))).rows;
    return Number(record?.['parked_until'] ?? 0) || null;
  }

  /** Kept as JSON text, which has no character that PostgreSQL refuses. */
  async findShared(key: string): Promise<string | null> {
    const [record] = (await this.#query(sql.findShared, indexable(key), this.#now)).rows;
    return record === undefined ? null : JSON.parse(String(record['text']));
  }

  async saveShared(key: string, text: string, ttlMs: number): Promise<void> {
    await this.#query(sql.saveShared, indexable(key), JSON.stringify(text), ttlMs, this.#now);
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    const results = [
      await this.#query(sql.deleteSessions, this.#now, limit),
      await this.#query(sql.deleteShared, this.#now, limit),
      await this.#query(sql.trashRuns, this.#now, limit, ttlMs),
      await this.#query(sql.deleteTrashedInputs),
      await this.#query(sql.deleteTrashedRows, limit),
      await this.#query(sql.deleteTrashedSteps, limit),
      await this.#query(sql.emptyTrash),
    ];
    return results.some(({ rowCount }) => rowCount !== 0);
  }

  async ping(): Promise<void> {
    await this.#query(sql.ping);
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }

  #query(statement: Statement, ...values: Value[]): Promise<Result> {
    return this.database.query(statement, values);
  }

  #control(id: string, name: Transition, reason: RunReason | null = null): Promise<Run | null> {
    return this.#change<Run>({ runId: id }, ({ run, now, input }) => {
      const after = changeStatus(run, name, reason, now);
      return after && { change: { run: after }, answer: { ...after, input } };
    });
  }

  /**
   * Answers what `decide` makes of the run, after writing the change it asks for. Null when the run is not there (or
   * no longer of the wanted epoch), or when `decide` says so.
   */
  async #change<T>(
    wanted: Wanted,
    decide: (loaded: Loaded) => { change: Change | null; answer: T } | null,
  ): Promise<T | null> {
    const tryOnce = async (query: Database['query']) => {
      const loaded = await loadRun(query, wanted, this.#now);
      const decided = loaded && decide(loaded);
      if (loaded === null || decided === null) return { answer: null };
      return decided.change === null || (await saveRun(query, loaded, decided.change)) ? decided : null;
    };
    const unlocked: Database['query'] = (statement, values) => this.database.query(statement, values);
    for (let tries = 0; tries < TRIES_UNLOCKED; tries += 1) {
      const done = await tryOnce(unlocked);
      if (done !== null) return done.answer;
    }
    return this.database.transaction(async (query) => {
      await query(sql.lockRun, [wanted.runId]);
      const done = await tryOnce(query);
      if (done === null) throw new Error(`run ${wanted.runId} was changed although it was locked`);
      return done.answer;
    });
  }
}

/** PostgreSQL refuses index entries over 2,704 bytes and text with NUL: such texts are kept as their digest. */
function indexable(text: string): string {
  const fits = text.length <= 500 && !text.includes('\0');
  return fits ? text : createHash('sha256').update(text).digest('base64url');
}

function storable(step: NewStep): NewStep {
  return { ...step, key: step.key === null ? null : indexable(step.key), lane: indexable(step.lane) };
}
