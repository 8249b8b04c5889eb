import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import type { Clock } from '../core/clock.js';
import { type Failure, TobiishiError } from '../core/errors.js';
import { smoothedStepMs } from '../core/progress.js';
import { type NewRun, type Run, type RunReason, type RunState, TRANSITIONS, UNFINISHED } from '../core/run.js';
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
import { type Record, toHost, toRun, toRunState, toStep } from './records.js';
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
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
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

/** Runs and steps in a SQLite file of which this process is the only user. */
export class SqliteStore implements Store {
  readonly #sql: Statements;

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
      const added = this.#addSteps(run.id, 0, run.maxTotal, steps);
      const now = this.clock.now();
      this.#sql.insertRun.run(
        run.id,
        run.visitorId,
        run.job,
        run.version,
        added.total,
        run.maxTotal,
        added.dropped,
        now,
        now,
        now,
      );
      this.#sql.insertInput.run(run.id, JSON.stringify(run.input));
      return this.#mustFind(run.id);
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
    return this.#transaction(() => {
      const position = this.#find(id)?.gaveUpPosition ?? null;
      const run = this.#change(id, 'retry');
      if (run !== null && position !== null) this.#sql.resetStep.run(id, position);
      return run;
    });
  }

  async skipStep(id: string): Promise<Run | null> {
    return this.#transaction(() => {
      const position = this.#find(id)?.gaveUpPosition ?? null;
      if (position === null) return null;
      const run = this.#change(id, 'skip');
      if (run === null) return null;
      this.#sql.skipStep.run(run.seq + 1, id, position);
      this.#save({ ...run, seq: run.seq + 1 });
      return this.#find(id);
    });
  }

  async claim(runId: string, seq: number, leaseMs: number): Promise<Claim | null> {
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
    return this.#sql.renew.run(null, claim.runId, claim.epoch).changes === 1;
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
      const added = this.#addSteps(claim.runId, before.total, before.maxTotal, done ? recording.items : []);
      const run = this.#save(
        {
          ...before,
          seq,
          total: added.total,
          droppedCount: before.droppedCount + added.dropped,
          rowCount: before.rowCount + rows.length,
          failedCount: before.failedCount + (done ? 0 : 1),
          stepMs: smoothedStepMs(before.stepMs, recording.stepMs),
        },
        then === 'release',
      );
      const handed = then === 'release' ? { steps: [], nextDueAt: null } : this.#take(run, then.take);
      return { run, handed };
    });
  }

  async postpone(claim: Claim, position: number, { dueAt, failure, toEnd }: Postponement): Promise<boolean> {
    return this.#transaction(() => {
      const run = this.#owned(claim);
      if (run === null) return false;
      const line = toEnd ? run.total + 1 : null;
      const uncounted = failure === null ? 1 : 0;
      const text = failure && JSON.stringify(failure);
      return this.#sql.postpone.run(dueAt, text, line, uncounted, claim.runId, position).changes === 1;
    });
  }

  async giveUp(claim: Claim, position: number, failure: Failure): Promise<RunState | null> {
    return this.#transaction(() => {
      if (this.#owned(claim) === null) return null;
      this.#sql.postpone.run(null, JSON.stringify(failure), null, 0, claim.runId, position);
      this.#sql.markGaveUp.run(position, claim.runId, claim.epoch);
      return this.#change(claim.runId, 'fail', 'step-failed');
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

  async listFailures(runId: string, limit: number): Promise<Step[]> {
    return this.#sql.listFailures.all(runId, limit).map((record) => toStep(record as Record));
  }

  async takeTurn(host: string, delayMs: number): Promise<Turn> {
    return this.#transaction(() => {
      const record = this.#sql.findHost.get(host) as Record | undefined;
      const { turn, save } = decideTurn(record === undefined ? null : toHost(record), delayMs, this.clock.now());
      this.#sql.saveHost.run(host, save.startedAt, save.delayMs, save.delayUntil);
      return turn;
    });
  }

  async parkHost(host: string, until: number): Promise<void> {
    this.#sql.parkHost.run(host, until);
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
    return this.db.transaction(work).immediate();
  }

  #find(id: string): Run | null {
    const record = this.#sql.findRun.get(id) as Record | undefined;
    return record === undefined ? null : toRun(record);
  }

  #mustFind(id: string): Run {
    const run = this.#find(id);
    if (run === null) throw new Error(`run ${id} is gone`);
    return run;
  }

  #owned(claim: Claim): RunState | null {
    const record = this.#sql.findOwned.get(claim.runId, claim.epoch) as Record | undefined;
    return record === undefined ? null : toRunState(record);
  }

  #change(id: string, name: keyof typeof TRANSITIONS, reason: RunReason | null = null): Run | null {
    const { from, to } = TRANSITIONS[name];
    const now = this.clock.now();
    const changed = this.#sql.changeStatus.get({
      id,
      from: JSON.stringify(from),
      to,
      reason,
      now,
      running: to === 'running' ? 1 : 0,
      ended: to === 'cancelled' ? 1 : 0,
      void: to === 'cancelled' || to === 'failed' ? 1 : 0,
      keepGaveUp: to === 'failed' ? 1 : 0,
    });
    return changed === undefined ? null : this.#find(id);
  }

  /** Saves a run's counts; finishes it when nothing is left. */
  #save(run: RunState, release = false): RunState {
    const now = this.clock.now();
    const finished = run.seq === run.total && TRANSITIONS.finish.from.some((from) => from === run.status);
    const saved: RunState = finished
      ? {
          ...run,
          status: TRANSITIONS.finish.to,
          updatedAt: now,
          endedAt: now,
          activeMs: run.activeMs + (run.activeSince === null ? 0 : now - run.activeSince),
          activeSince: null,
        }
      : { ...run, updatedAt: now };
    this.#sql.saveRun.run(
      saved.status,
      saved.seq,
      saved.total,
      saved.droppedCount,
      saved.rowCount,
      saved.failedCount,
      saved.updatedAt,
      saved.endedAt,
      saved.activeSince,
      saved.activeMs,
      saved.stepMs,
      release || finished ? 1 : 0,
      saved.id,
      saved.epoch,
    );
    return saved;
  }

  #take(run: RunState, count: number): Handed {
    if (run.status !== 'running') return { steps: [], nextDueAt: null };
    const now = this.clock.now();
    const heads = this.#sql.listHeads.all(run.id, run.id, run.id, run.id, run.epoch) as Record[];
    const steps: Step[] = [];
    let nextDueAt: number | null = null;
    for (const head of heads) {
      const step = toStep(head);
      if (step.dueAt !== null && step.dueAt > now) {
        nextDueAt = Math.min(nextDueAt ?? step.dueAt, step.dueAt);
      } else if (steps.length < count) {
        this.#sql.takeStep.run(run.epoch, run.id, step.position);
        steps.push({ ...step, attempts: step.attempts + 1 });
      } else {
        nextDueAt = now;
      }
    }
    return { steps, nextDueAt };
  }

  /** Adds what is new and fits; `total` counts the steps known then, `dropped` those that did not fit. */
  #addSteps(runId: string, known: number, maxTotal: number, steps: readonly NewStep[]) {
    let total = known;
    let dropped = 0;
    for (const { item, key, lane } of steps) {
      if (total < maxTotal) {
        total += this.#sql.insertStep.run(runId, total + 1, lane, total + 1, key, JSON.stringify(item)).changes;
      } else if (key === null || this.#sql.findKey.get(runId, key) === undefined) {
        dropped += 1;
      }
    }
    return { total, dropped };
  }
}
