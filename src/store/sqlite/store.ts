import type { Clock } from '../../core/clock.js';
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
  freesClaim,
  newHeads,
  stoppedAt,
  type Transition,
  toCandidate,
} from '../decisions.js';
import { type Record, toHost, toRun, toStep } from '../records.js';
import type { SqliteDatabase } from './database.js';
import { SqliteHosts } from './hosts.js';
import { Lanes } from './lanes.js';
import { KnownRuns } from './run-cache.js';

/** Runs and steps in a SQLite file of which this process is the only user. */
export class SqliteStore extends SqliteHosts implements Store {
  readonly #lanes: Lanes;
  readonly #runs: KnownRuns;

  constructor(db: SqliteDatabase, clock: Clock, onClose: () => void = () => {}) {
    super(db, clock, onClose);
    this.#runs = new KnownRuns(this.sql);
    this.#lanes = new Lanes(this.sql, clock, this.#runs);
    // Nobody else has the file open, so whoever held a lease is dead.
    this.transaction(() => this.sql.freeLeases.run());
  }

  async createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    return this.transaction(() => {
      const { count } = this.sql.countUnfinished.get(run.visitorId, JSON.stringify(UNFINISHED)) as { count: number };
      if (count >= maxUnfinished) {
        throw new TobiishiError('too-many-runs', `visitor has ${count} unfinished runs`, { max: maxUnfinished });
      }
      const added = this.#lanes.start(run, steps);
      const now = this.clock.now();
      this.sql.insertRun.run(
        run.id,
        run.visitorId,
        run.job,
        run.version,
        added.total,
        added.maxTotal,
        added.dropped,
        now,
      );
      this.sql.insertInput.run(run.id, JSON.stringify(run.input));
      const started = this.#find(run.id);
      if (started === null) throw new Error(`run ${run.id} was not kept`);
      return started;
    });
  }

  async findRun(id: string): Promise<Run | null> {
    return this.#find(id);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    return this.sql.listRuns.all(visitorId, limit).map((record) => toRun(record as Record));
  }

  async pauseRun(id: string): Promise<Run | null> {
    return this.#change(id, 'pause');
  }

  async resumeRun(id: string): Promise<Run | null> {
    return this.#change(id, 'resume');
  }

  async cancelRun(id: string): Promise<Run | null> {
    return this.#change(id, 'cancel');
  }

  async failRun(id: string, reason: RunReason): Promise<Run | null> {
    return this.#change(id, 'fail', reason);
  }

  async retryRun(id: string): Promise<Run | null> {
    return this.#change(id, 'retry', null, ({ gaveUpPosition }) => {
      if (gaveUpPosition !== null) this.sql.resetStep.run(id, gaveUpPosition);
    });
  }

  async skipStep(id: string): Promise<Run | null> {
    return this.transaction(() => {
      const before = this.#runs.find(id);
      if (before === null || before.gaveUpPosition === null) return null;
      const now = this.clock.now();
      const skipping = changeStatus(before, 'skip', null, now);
      if (skipping === null) return null;
      this.sql.skipStep.run(skipping.seq + 1, id, before.gaveUpPosition);
      this.#lanes.moveUp(this.#lanes.headsAfter(id, before.gaveUpPosition));
      return this.#runs.whole(this.#save(before, afterSkipping(skipping, now)));
    });
  }

  async deleteRun(id: string): Promise<boolean> {
    return this.transaction(() => {
      this.forget(id);
      this.sql.trashRun.run(id);
      this.sql.deleteTrashedInputs.run();
      return this.sql.deleteTrashedRuns.run().changes > 0;
    });
  }

  async shareRun(id: string, token: string | null): Promise<Run | null> {
    return this.transaction(() => {
      this.forget(id);
      this.sql.shareRun.run(token, this.clock.now(), id);
      return this.#find(id);
    });
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const record = this.sql.findSharedRun.get(token) as Record | undefined;
    return record === undefined ? null : toRun(record);
  }

  async claim(runId: string, seq: number, leaseMs: number, count: number): Promise<Claimed | null> {
    return this.transaction(() => {
      const now = this.clock.now();
      const before = this.#runs.find(runId);
      if (before === null) return null;
      const { changes } = this.sql.claim.run(now + leaseMs, runId, before.epoch, seq, now, now + leaseMs);
      if (changes !== 1) return null;
      const run = { ...before, epoch: before.epoch + 1 };
      this.#runs.set(run);
      return { runId, epoch: run.epoch, handed: this.#lanes.take(run, count) };
    });
  }

  async take(claim: Claim, count: number): Promise<Handed | null> {
    return this.transaction(() => {
      const run = this.#owned(claim);
      return run && this.#lanes.take(run, count);
    });
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    const { runId, epoch } = claim;
    return this.transaction(() => this.sql.renew.run(this.clock.now() + leaseMs, runId, epoch).changes === 1);
  }

  async release(claim: Claim): Promise<boolean> {
    return this.transaction(() => this.sql.release.run(claim.runId, claim.epoch).changes === 1);
  }

  async record(claim: Claim, position: number, recording: Recording, then: Then): Promise<Recorded | null> {
    return this.transaction(() => {
      const before = this.#owned(claim);
      if (before === null) return null;
      const seq = before.seq + 1;
      const done = recording.status === 'done';
      const failure = done ? null : JSON.stringify(recording.failure);
      const note = (done && recording.outcome.note) || null;
      const { changes } = this.sql.recordStep.run(recording.status, seq, failure, note, claim.runId, position);
      if (changes !== 1) throw new Error(`step ${claim.runId}:${position} is recorded already`);
      const rows = (done && recording.outcome.rows) || [];
      rows.forEach((row, i) => {
        this.sql.insertRow.run(claim.runId, before.rowCount + i + 1, seq, JSON.stringify(row));
      });
      const next = this.#lanes.headsAfter(claim.runId, position);
      const added = this.#lanes.add(before, done ? recording.items : []);
      const heads = newHeads(claim.runId, added);
      const after = afterRecording(before, recording, added, this.clock.now());
      const run = this.#save(before, after, then === 'release');
      if (then !== 'release') return { run, handed: this.#lanes.takeAfter(run, then.take, next, heads) };
      this.#lanes.leaveAfter(run, next, heads);
      return { run, handed: { steps: [], waitMs: null } };
    });
  }

  async postpone(claim: Claim, position: number, { waitMs, failure, toEnd, stats }: Postponement): Promise<boolean> {
    return this.transaction(() => {
      const run = this.#owned(claim);
      if (run === null) return false;
      const uncounted = failure === null ? 1 : 0;
      const text = failure && JSON.stringify(failure);
      const now = this.clock.now();
      const dueAt = waitMs === null ? null : now + waitMs;
      if (this.sql.postpone.run(dueAt, now, text, uncounted, run.id, position, run.epoch).changes === 0) return false;
      if (toEnd) {
        this.sql.moveToEnd.run(run.total + 1, run.id, position);
        this.#lanes.moveUp(this.#lanes.headsAfter(run.id, position));
      }
      if (Object.keys(stats).length > 0) this.#save(run, { ...run, stats: addStats(run.stats, stats) });
      return true;
    });
  }

  async giveUp(claim: Claim, position: number, failure: Failure, stats: Stats): Promise<RunState | null> {
    return this.transaction(() => {
      const before = this.#owned(claim);
      if (before === null) return null;
      this.sql.giveUp.run(JSON.stringify(failure), claim.runId, position);
      const gaveUp = { ...before, gaveUpPosition: position, stats: addStats(before.stats, stats) };
      const after = changeStatus(gaveUp, 'fail', 'step-failed', this.clock.now());
      return after && this.#save(before, after);
    });
  }

  async nextStep({ id, gaveUpPosition }: RunState): Promise<Next | null> {
    const now = this.clock.now();
    if (gaveUpPosition !== null) return stoppedAt(this.sql.findStep.get(id, gaveUpPosition) as Record | undefined);
    const only = this.#runs.head(id);
    if (only === undefined) return chooseNext((this.sql.listNext.all(id, now) as Record[]).map(toCandidate), now);
    const host = this.sql.findHostOf.get(id, only.step.position) as Record | undefined;
    return chooseNext([{ head: only, host: toHost(host), atWork: false }], now);
  }

  async listRows(runId: string, after: number, limit: number): Promise<RecordedRow[]> {
    const records = this.sql.listRows.all(runId, after, limit) as { number: number; data: string }[];
    return records.map(({ number, data }) => ({ number, row: JSON.parse(data) }));
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    // Often there are none, which is asked in a third of the time.
    if (this.sql.hasFailures.get(runId) === undefined) return [];
    return this.sql.listFailures
      .all(runId, before ?? Number.MAX_SAFE_INTEGER, limit)
      .map((record) => toStep(record as Record));
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    return this.sql.listSteps.all(runId, after, limit).map((record) => toStep(record as Record));
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    return this.transaction(() => {
      const now = this.clock.now();
      let deleted = this.sql.deleteSessions.run(now, limit).changes;
      deleted += this.sql.deleteShared.run(now, limit).changes;
      this.#runs.clear();
      this.sql.trashRuns.run(now - ttlMs, limit);
      deleted += this.sql.deleteTrashedRuns.run().changes;
      this.sql.deleteTrashedInputs.run();
      deleted += this.sql.deleteTrashedRows.run(limit).changes;
      deleted += this.sql.deleteTrashedSteps.run(limit).changes;
      if (deleted === 0) this.sql.emptyTrash.run();
      return deleted > 0;
    });
  }

  protected override transaction<T>(work: () => T): T {
    try {
      return super.transaction(work);
    } catch (error) {
      this.#runs.clear();
      throw error;
    }
  }

  #find(id: string): Run | null {
    const state = this.#runs.find(id);
    return state && this.#runs.whole(state);
  }

  #owned({ runId, epoch }: Claim): RunState | null {
    const run = this.#runs.find(runId);
    if (run?.epoch !== epoch) return null;
    this.#runs.forgetHead(runId);
    return run;
  }

  #change(
    id: string,
    name: Transition,
    reason: RunReason | null = null,
    also: (before: RunState) => void = () => {},
  ): Run | null {
    return this.transaction(() => {
      const before = this.#runs.find(id);
      const after = before && changeStatus(before, name, reason, this.clock.now());
      if (before === null || after === null) return null;
      also(before);
      return this.#runs.whole(this.#save(before, after));
    });
  }

  /** `release`: the claim is freed although its holder could go on. */
  #save(before: RunState, after: RunState, release = false): RunState {
    const free = release || freesClaim(before, after);
    this.sql.saveRun.run(
      after.status,
      after.reason,
      after.seq,
      after.total,
      after.maxTotal,
      after.droppedCount,
      after.rowCount,
      after.failedCount,
      after.gaveUpPosition,
      after.epoch,
      after.updatedAt,
      after.endedAt,
      after.activeSince,
      after.activeMs,
      after.stepMs,
      JSON.stringify(after.stats),
      free ? 1 : 0,
      after.id,
      before.epoch,
    );
    if (hourOf(before) !== hourOf(after)) this.sql.saveHour.run(after.id);
    this.#runs.set(after);
    return after;
  }

  /** To be called when the run's record was written without `#save`. */
  protected forget(id: string): void {
    this.#runs.forget(id);
  }
}

/** As the index by age has it. */
function hourOf({ updatedAt }: RunState): number {
  return Math.floor(updatedAt / 3_600_000);
}
