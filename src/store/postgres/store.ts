import { type Failure, TobiishiError } from '../../core/errors.js';
import { type NewRun, type Run, type RunReason, type RunState, type Stats, UNFINISHED } from '../../core/run.js';
import type { NewStep, Step } from '../../core/step.js';
import type {
  Claim,
  Claimed,
  Handed,
  Next,
  Postponement,
  Recorded,
  RecordedRow,
  Recording,
  Store,
  Then,
} from '../../core/store.js';
import {
  addStats,
  afterRecording,
  afterSkipping,
  changeStatus,
  chooseNext,
  handOut,
  newHeads,
  placeSteps,
  stoppedAt,
  type Transition,
  toCandidate,
} from '../decisions.js';
import { toRun, toStep } from '../records.js';
import { changeRun, type Decide, type Wanted } from './change.js';
import { indexable, PostgresHosts } from './hosts.js';
import { MIGRATIONS } from './schema.js';
import * as sql from './statements.js';

/** Steps inserted by one statement. */
const AT_ONCE = 5000;

/** Runs and steps in PostgreSQL, for any number of processes at once. */
export class PostgresStore extends PostgresHosts implements Store {
  async createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    const none = () => false;
    const added = placeSteps({ total: 0, maxTotal: run.maxTotal }, steps.map(storable), none, none);
    const { id, visitorId, job, version } = run;
    const values = [id, visitorId, job, version, added.total, added.maxTotal, added.dropped, UNFINISHED];
    return this.database.transaction(async (query) => {
      // Two runs started at the same time would each not see the other.
      await query(sql.lockVisitor, [visitorId]);
      const { rows } = await query(sql.insertRun, [...values, JSON.stringify(run.input), this.now, maxUnfinished]);
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
    const [record] = (await this.query(sql.findRun, id)).rows;
    return record === undefined ? null : toRun(record);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    return (await this.query(sql.listRuns, visitorId, limit)).rows.map(toRun);
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
      if (step.seq !== null) return { change: { run: skipping }, answer: { ...skipping, input } };
      const after = afterSkipping(skipping, now);
      const skipped = { ...step, status: 'skipped' as const, seq: after.seq, head: false };
      return { change: { run: after, step: skipped, next }, answer: { ...after, input } };
    });
  }

  async deleteRun(id: string): Promise<boolean> {
    return (await this.query(sql.deleteRun, id)).rowCount === 1;
  }

  async shareRun(id: string, token: string | null): Promise<Run | null> {
    await this.query(sql.shareRun, id, token);
    return this.findRun(id);
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const [record] = (await this.query(sql.findSharedRun, token)).rows;
    return record === undefined ? null : toRun(record);
  }

  async claim(runId: string, seq: number, leaseMs: number, count: number): Promise<Claimed | null> {
    const [record] = (await this.query(sql.claim, runId, seq, leaseMs, this.now, MIGRATIONS.length)).rows;
    if (record === undefined) {
      await this.ping();
      return null;
    }
    const claim = { runId, epoch: Number(record['epoch']) };
    try {
      const handed = await this.take(claim, count);
      return handed && { ...claim, handed };
    } catch (error) {
      // Nobody gets to know of the claim. While the database is away, its lease ends it.
      await this.release(claim).catch(() => {});
      throw error;
    }
  }

  async renew({ runId, epoch }: Claim, leaseMs: number): Promise<boolean> {
    return (await this.query(sql.renew, runId, epoch, leaseMs, this.now)).rowCount === 1;
  }

  async release({ runId, epoch }: Claim): Promise<boolean> {
    return (await this.query(sql.release, runId, epoch)).rowCount === 1;
  }

  async take(claim: Claim, count: number): Promise<Handed | null> {
    const handed = await this.#take(claim, count);
    if (handed === null || handed.steps.length > 0 || handed.waitMs !== null) return handed;
    const { rowCount } = await this.query(sql.findHeads, claim.runId, claim.epoch);
    return rowCount === 0 ? handed : this.#take(claim, count);
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
      if (step === null || step.seq !== null || step.takenEpoch !== run.epoch) return null;
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

  async nextStep({ id, gaveUpPosition }: RunState): Promise<Next | null> {
    if (gaveUpPosition === null) {
      const { rows } = await this.query(sql.listNext, id, this.now);
      return chooseNext(rows.map(toCandidate), Number(rows[0]?.['now']));
    }
    return stoppedAt((await this.query(sql.findStep, id, gaveUpPosition)).rows[0]);
  }

  async listRows(runId: string, after: number, limit: number): Promise<RecordedRow[]> {
    const { rows } = await this.query(sql.listRows, runId, after, limit);
    return rows.map(({ number, data }) => ({ number: Number(number), row: JSON.parse(String(data)) }));
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    const { rows } = await this.query(sql.listFailures, runId, before ?? Number.MAX_SAFE_INTEGER, limit);
    return rows.map(toStep);
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    const { rows } = await this.query(sql.listSteps, runId, after, limit);
    return rows.map(toStep);
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    const results = [
      await this.query(sql.deleteSessions, this.now, limit),
      await this.query(sql.deleteShared, this.now, limit),
      await this.query(sql.trashRuns, this.now, limit, ttlMs),
      await this.query(sql.deleteTrashedInputs),
      await this.query(sql.deleteTrashedRows, limit),
      await this.query(sql.deleteTrashedSteps, limit),
      await this.query(sql.emptyTrash),
    ];
    return results.some(({ rowCount }) => rowCount !== 0);
  }

  #take(claim: Claim, count: number): Promise<Handed | null> {
    return this.#change({ ...claim, count }, ({ run, heads, now }) => {
      const handed = handOut(run, heads, count, now);
      return { change: handed.steps.length === 0 ? null : { run, taken: handed.steps }, answer: handed };
    });
  }

  #control(id: string, name: Transition, reason: RunReason | null = null): Promise<Run | null> {
    return this.#change<Run>({ runId: id }, ({ run, now, input }) => {
      const after = changeStatus(run, name, reason, now);
      return after && { change: { run: after }, answer: { ...after, input } };
    });
  }

  #change<T>(wanted: Wanted, decide: Decide<T>): Promise<T | null> {
    return changeRun(this.database, wanted, this.now, decide);
  }
}

function storable(step: NewStep): NewStep {
  return { ...step, key: step.key === null ? null : indexable(step.key), lane: indexable(step.lane) };
}
