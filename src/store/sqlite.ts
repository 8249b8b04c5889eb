import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
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
import {
  type Added,
  addStats,
  afterRecording,
  afterSkipping,
  changeStatus,
  freesClaim,
  type Head,
  handOut,
  newHeads,
  type PlacedStep,
  placeSteps,
  type Transition,
} from './decisions.js';
import { type Record, toHead, toHost, toRun, toRunState, toStep } from './records.js';
import { MIGRATIONS } from './schema.sqlite.js';
import { prepareStatements, type Statements } from './statements.sqlite.js';
import { decideTurn } from './turns.js';

export type SqliteDatabase = InstanceType<typeof Database>;

/**
 * Opens (and makes, and migrates) the database file, or one in memory for `:memory:`. A commit survives a kill of the
 * process at once, and a power cut as soon as the operating system has written it (`synchronous = NORMAL`): the file
 * is never damaged, at worst the last moments' steps are executed again.
 */
export function openSqlite(path: string): SqliteDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path);
  // A step changes a few small records, and SQLite writes the whole page of each. Counts for new files.
  db.pragma('page_size = 1024');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  // Each checkpoint waits for the disk: a quarter as often as by default.
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('busy_timeout = 5000');
  migrate(db);
  return db;
}

function migrate(db: SqliteDatabase): void {
  db.transaction(() => {
    const [{ user_version: version }] = db.pragma('user_version') as [{ user_version: number }];
    if (version > MIGRATIONS.length) {
      throw new Error(`the database was written by a newer Tobiishi (schema ${version}): update, or use another file`);
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  }).exclusive();
}

/** The disk's fault or another's, not that of what was to be written. https://www.sqlite.org/rescode.html */
const AWAY = /^SQLITE_(BUSY|CANTOPEN|FULL|IOERR|LOCKED|NOMEM|READONLY)/;

function isAway(error: unknown): error is Error {
  return AWAY.test(String((error as { code?: unknown } | null)?.code));
}

function away(cause: Error): TobiishiError {
  return new TobiishiError('store-away', `the database cannot be written: ${cause.message}`, {}, { cause });
}

/** Runs and steps in a SQLite file of which this process is the only user. */
export class SqliteStore implements Store {
  readonly #sql: Statements;
  /** Runs that claims are held on, as they were last written: reading them back takes a fifth of a step's time. */
  readonly #held = new Map<string, RunState>();

  constructor(
    readonly db: SqliteDatabase,
    private readonly clock: Clock,
    private readonly onClose: () => void = () => {},
  ) {
    this.#sql = prepareStatements(db);
    // Nobody else has the file open, so whoever held a lease is dead.
    this.#sql.freeLeases.run();
  }

  async createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    return this.#transaction(() => {
      const { count } = this.#sql.countUnfinished.get(run.visitorId, JSON.stringify(UNFINISHED)) as { count: number };
      if (count >= maxUnfinished) {
        throw new TobiishiError('too-many-runs', `visitor has ${count} unfinished runs`, { max: maxUnfinished });
      }
      const added = placeSteps(
        { total: 0, maxTotal: run.maxTotal },
        steps,
        () => false,
        () => false,
      );
      this.#insertSteps(run.id, added.placed, 1);
      const now = this.clock.now();
      this.#sql.insertRun.run(
        run.id,
        run.visitorId,
        run.job,
        run.version,
        added.total,
        added.maxTotal,
        added.dropped,
        now,
      );
      this.#sql.insertInput.run(run.id, JSON.stringify(run.input));
      const started = this.#find(run.id);
      if (started === null) throw new Error(`run ${run.id} was not kept`);
      return started;
    });
  }

  async findRun(id: string): Promise<Run | null> {
    return this.#find(id);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    return this.#sql.listRuns.all(visitorId, limit).map((record) => toRun(record as Record));
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
      if (gaveUpPosition !== null) this.#sql.resetStep.run(id, gaveUpPosition);
    });
  }

  async skipStep(id: string): Promise<Run | null> {
    return this.#transaction(() => {
      const before = this.#find(id);
      if (before === null || before.gaveUpPosition === null) return null;
      const now = this.clock.now();
      const skipping = changeStatus(before, 'skip', null, now);
      if (skipping === null) return null;
      this.#sql.skipStep.run(skipping.seq + 1, id, before.gaveUpPosition);
      this.#moveUp(this.#headsAfter(id, before.gaveUpPosition));
      return this.#save(before, afterSkipping(skipping, now));
    });
  }

  async deleteRun(id: string): Promise<boolean> {
    return this.#transaction(() => {
      this.forget(id);
      this.#sql.trashRun.run(id);
      this.#sql.deleteTrashedInputs.run();
      return this.#sql.deleteTrashedRuns.run().changes > 0;
    });
  }

  async shareRun(id: string, token: string | null): Promise<Run | null> {
    this.forget(id);
    this.#sql.shareRun.run(token, this.clock.now(), id);
    return this.#find(id);
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const record = this.#sql.findSharedRun.get(token) as Record | undefined;
    return record === undefined ? null : toRun(record);
  }

  async claim(runId: string, seq: number, leaseMs: number): Promise<Claim | null> {
    this.forget(runId);
    const now = this.clock.now();
    const claimed = this.#sql.claim.get(now + leaseMs, runId, seq, now, now + leaseMs) as { epoch: number } | undefined;
    return claimed === undefined ? null : { runId, epoch: claimed.epoch };
  }

  async take(claim: Claim, count: number): Promise<Handed | null> {
    return this.#transaction(() => {
      const run = this.#owned(claim);
      return run && this.#take(run, count);
    });
  }

  async renew(claim: Claim, leaseMs: number): Promise<boolean> {
    return this.#sql.renew.run(this.clock.now() + leaseMs, claim.runId, claim.epoch).changes === 1;
  }

  async release(claim: Claim): Promise<boolean> {
    this.forget(claim.runId);
    return this.#sql.release.run(claim.runId, claim.epoch).changes === 1;
  }

  async record(claim: Claim, position: number, recording: Recording, then: Then): Promise<Recorded | null> {
    return this.#transaction(() => {
      const before = this.#owned(claim);
      if (before === null) return null;
      const seq = before.seq + 1;
      const done = recording.status === 'done';
      const failure = done ? null : JSON.stringify(recording.failure);
      const note = (done && recording.outcome.note) || null;
      const { changes } = this.#sql.recordStep.run(recording.status, seq, failure, note, claim.runId, position);
      if (changes !== 1) throw new Error(`step ${claim.runId}:${position} is recorded already`);
      const rows = (done && recording.outcome.rows) || [];
      rows.forEach((row, i) => {
        this.#sql.insertRow.run(claim.runId, before.rowCount + i + 1, seq, JSON.stringify(row));
      });
      const heads = this.#headsAfter(claim.runId, position);
      const added = this.#addSteps(before, done ? recording.items : []);
      heads.push(...newHeads(claim.runId, added));
      const after = afterRecording(before, recording, added, this.clock.now());
      const run = this.#save(before, after, then === 'release');
      if (then !== 'release') return { run, handed: this.#take(run, then.take, heads) };
      this.#moveUp(heads);
      return { run, handed: { steps: [], waitMs: null } };
    });
  }

  async postpone(claim: Claim, position: number, { waitMs, failure, toEnd, stats }: Postponement): Promise<boolean> {
    return this.#transaction(() => {
      const run = this.#owned(claim);
      if (run === null) return false;
      if (Object.keys(stats).length > 0) this.#save(run, { ...run, stats: addStats(run.stats, stats) });
      const uncounted = failure === null ? 1 : 0;
      const text = failure && JSON.stringify(failure);
      const now = this.clock.now();
      const dueAt = waitMs === null ? null : now + waitMs;
      if (this.#sql.postpone.run(dueAt, now, text, uncounted, run.id, position).changes === 0) return false;
      if (toEnd) {
        this.#sql.moveToEnd.run(run.total + 1, run.id, position);
        this.#moveUp(this.#headsAfter(run.id, position));
      }
      return true;
    });
  }

  async giveUp(claim: Claim, position: number, failure: Failure, stats: Stats): Promise<RunState | null> {
    return this.#transaction(() => {
      const before = this.#owned(claim);
      if (before === null) return null;
      this.#sql.postpone.run(null, null, JSON.stringify(failure), 0, claim.runId, position);
      const gaveUp = { ...before, gaveUpPosition: position, stats: addStats(before.stats, stats) };
      const after = changeStatus(gaveUp, 'fail', 'step-failed', this.clock.now());
      return after && this.#save(before, after);
    });
  }

  async nextStep(run: RunState): Promise<Step | null> {
    const record = (
      run.gaveUpPosition === null ? this.#sql.nextStep.get(run.id) : this.#sql.findStep.get(run.id, run.gaveUpPosition)
    ) as Record | undefined;
    return record === undefined ? null : toStep(record);
  }

  async listRows(runId: string, after: number, limit: number): Promise<RecordedRow[]> {
    const records = this.#sql.listRows.all(runId, after, limit) as { number: number; data: string }[];
    return records.map(({ number, data }) => ({ number, row: JSON.parse(data) }));
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    return this.#sql.listFailures
      .all(runId, before ?? Number.MAX_SAFE_INTEGER, limit)
      .map((record) => toStep(record as Record));
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    return this.#sql.listSteps.all(runId, after, limit).map((record) => toStep(record as Record));
  }

  async takeTurn(host: string, delayMs: number): Promise<Turn> {
    return this.#transaction(() => {
      const record = this.#sql.findHost.get(host) as Record | undefined;
      const { turn, save } = decideTurn(record === undefined ? null : toHost(record), delayMs, this.clock.now());
      this.#sql.saveHost.run(host, save.startedAt, save.delayMs, save.delayUntil);
      return turn;
    });
  }

  async noteStart(host: string): Promise<void> {
    this.#sql.noteStart.run(this.clock.now(), host);
  }

  async parkHost(host: string, until: number): Promise<void> {
    this.#sql.parkHost.run(host, until);
  }

  async parkedUntil(host: string): Promise<number | null> {
    const record = this.#sql.findHost.get(host) as Record | undefined;
    return record === undefined ? null : toHost(record).parkedUntil || null;
  }

  async findShared(key: string): Promise<string | null> {
    const record = this.#sql.findShared.get(key, this.clock.now()) as { text: string } | undefined;
    return record?.text ?? null;
  }

  async saveShared(key: string, text: string, ttlMs: number): Promise<void> {
    this.#sql.saveShared.run(key, text, this.clock.now() + ttlMs);
  }

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    return this.#transaction(() => {
      const now = this.clock.now();
      let deleted = this.#sql.deleteSessions.run(now, limit).changes;
      deleted += this.#sql.deleteShared.run(now, limit).changes;
      this.#held.clear();
      this.#sql.trashRuns.run(now - ttlMs, limit);
      deleted += this.#sql.deleteTrashedRuns.run().changes;
      this.#sql.deleteTrashedInputs.run();
      deleted += this.#sql.deleteTrashedRows.run(limit).changes;
      deleted += this.#sql.deleteTrashedSteps.run(limit).changes;
      if (deleted === 0) this.#sql.emptyTrash.run();
      return deleted > 0;
    });
  }

  async ping(): Promise<void> {
    this.#sql.ping.get();
  }

  async close(): Promise<void> {
    this.db.close();
    this.onClose();
  }

  /** `immediate`: the write lock is taken first, so that what is read inside stays true until the commit. */
  #transaction<T>(work: () => T): T {
    this.#sql.begin.run();
    try {
      const result = work();
      this.#sql.commit.run();
      return result;
    } catch (error) {
      this.#held.clear();
      if (this.db.inTransaction) this.#sql.rollback.run();
      throw isAway(error) ? away(error) : error;
    }
  }

  #find(id: string): Run | null {
    const record = this.#sql.findRun.get(id) as Record | undefined;
    return record === undefined ? null : toRun(record);
  }

  #owned({ runId, epoch }: Claim): RunState | null {
    const held = this.#held.get(runId);
    if (held?.epoch === epoch) return held;
    const record = this.#sql.findOwned.get(runId, epoch) as Record | undefined;
    if (record === undefined) return null;
    const run = toRunState(record);
    this.#held.set(runId, run);
    return run;
  }

  #change(
    id: string,
    name: Transition,
    reason: RunReason | null = null,
    also: (before: Run) => void = () => {},
  ): Run | null {
    return this.#transaction(() => {
      const before = this.#find(id);
      const after = before && changeStatus(before, name, reason, this.clock.now());
      if (before === null || after === null) return null;
      also(before);
      return this.#save(before, after);
    });
  }

  /** `release`: the claim is freed although its holder could go on. */
  #save<R extends RunState>(before: RunState, after: R, release = false): R {
    const free = release || freesClaim(before, after);
    this.#sql.saveRun.run(
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
    if (hourOf(before) !== hourOf(after)) this.#sql.saveHour.run(after.id);
    if (free) this.forget(after.id);
    else if (this.#held.has(after.id)) this.#held.set(after.id, after);
    return after;
  }

  /** To be called when something else than a claim's holder has written the run's record. */
  protected forget(id: string): void {
    this.#held.delete(id);
  }

  /** `fresh` are heads that are not known as such yet. */
  #take(run: RunState, count: number, fresh: readonly Head[] = []): Handed {
    const now = this.clock.now();
    const heads = [...fresh];
    // Often there are no others, which is asked in a fifth of the time.
    if (this.#sql.hasHeads.get(run.id, run.epoch) !== undefined) {
      const records = this.#sql.listHeads.all(run.id, now, run.epoch, count + 1) as Record[];
      for (const record of records) heads.push(toHead(run.id, record));
    }
    const handed = handOut(run, heads, count, now);
    const taken = new Set(handed.steps.map(({ position }) => position));
    for (const position of taken) this.#sql.takeStep.run(run.epoch, run.id, position);
    this.#moveUp(fresh.filter(({ step }) => !taken.has(step.position)));
    return handed;
  }

  /** The first step of the lane that the recorded or moved one at `position` was in, unless it is known as the head. */
  #headsAfter(runId: string, position: number): Head[] {
    const record = this.#sql.findHead.get(runId, position, this.clock.now()) as Record | undefined;
    return record === undefined || record['head'] === 1 ? [] : [toHead(runId, record)];
  }

  #moveUp(heads: readonly Head[]): void {
    for (const { step } of heads) this.#sql.moveUp.run(step.runId, step.position);
  }

  #addSteps(run: Pick<RunState, 'id' | 'total' | 'maxTotal'>, steps: readonly NewStep[]): Added {
    const isKnown = (key: string) => this.#sql.findKey.get(run.id, key) !== undefined;
    const isBusy = (lane: string) => this.#sql.findLane.get(run.id, lane) !== undefined;
    const added = placeSteps(run, steps, isKnown, isBusy);
    this.#insertSteps(run.id, added.placed, 0);
    return added;
  }

  /** `head`: whether those that are heads are to be known as such. */
  #insertSteps(runId: string, steps: readonly PlacedStep[], head: 0 | 1): void {
    for (const step of steps) {
      const { position, lane, key, item } = step;
      this.#sql.insertStep.run(runId, position, lane, position, key, JSON.stringify(item), step.head ? head : 0);
    }
  }
}

/** As the index by age has it. */
function hourOf({ updatedAt }: RunState): number {
  return Math.floor(updatedAt / 3_600_000);
}
