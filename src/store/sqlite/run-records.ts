import type { Clock } from '../../core/clock.js';
import type { Decision, RunChange } from '../../core/decision.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';
import { KEPT_ERRORS } from '../../core/store.js';
import { type DatabaseRecord, ERROR, plainText, RUN, STEP } from '../columns.js';
import type { ClaimMark, ClaimMarks } from './claim-marks.js';
import type { SqliteDatabase } from './database.js';
import { isShort, READ_AHEAD, SqliteFacts } from './facts.js';
import { isHead, type RunCache } from './run-cache.js';
import type { Statements } from './statements.js';
import { bindable, SqliteTable } from './table.js';

/** A claim that only this process and its mark know of: the run and the step handed out, and how the database has them. */
interface UnwrittenClaim {
  readonly place: number;
  readonly run: RunState;
  readonly step: StepRecord;
  readonly writtenRun: RunState;
  readonly writtenStep: StepRecord;
}

/** Runs and their steps, read and written. Whatever writes is part of a transaction. */
export class RunRecords {
  /** By run. */
  readonly #unwritten = new Map<string, UnwrittenClaim>();
  readonly #runs: SqliteTable<RunState>;
  readonly #steps: SqliteTable<StepRecord>;

  constructor(
    db: SqliteDatabase,
    private readonly sql: Statements,
    private readonly cache: RunCache,
    private readonly clock: Clock,
    private readonly marks: ClaimMarks | null,
  ) {
    this.#runs = new SqliteTable(db, 'runs', RUN);
    this.#steps = new SqliteTable(db, 'steps', STEP);
  }

  find(id: string): RunState | null {
    const cached = this.cache.state(id);
    if (cached !== undefined) return cached;
    const unwritten = this.#unwritten.get(id);
    if (unwritten !== undefined) return this.#cached(unwritten);
    const record = this.sql.findRun.get(id) as DatabaseRecord | undefined;
    if (record === undefined) return null;
    const state = RUN.read(record);
    this.cache.set(state);
    return state;
  }

  #cached({ run, step, writtenStep }: UnwrittenClaim): RunState {
    this.cache.set(run);
    this.cache.setStep(step, run.epoch, writtenStep);
    return run;
  }

  /**
   * Claims a run of which this process knows what comes next, and nothing else could, without a transaction: the claim is marked,
   * and written with the next change of the run. What the process leaves unwritten when it dies, the next one writes. Undefined
   * when it is to be written now.
   */
  claimUnwritten<T>({ name, runId, epoch, needs, decide }: RunChange<T>): T | null | undefined {
    if (name !== 'claim' || this.marks === null || this.#unwritten.has(runId)) return undefined;
    const writtenRun = this.cache.state(runId);
    const writtenStep = this.cache.onlyHead(runId);
    if (writtenRun?.leaseUntil !== null || writtenStep === null) return undefined;
    const facts = new SqliteFacts(writtenRun, this.clock.now(), needs, epoch, this.sql, this.cache);
    const decision = decide(facts);
    if (decision === null) return null;
    const { run, steps: [step] = [], answer } = decision;
    if (run === undefined || step === undefined) return undefined;
    const { position, attempts } = step;
    const place = this.marks.put({ runId, epoch: run.epoch, leaseUntil: run.leaseUntil, position, attempts });
    if (place === null) return undefined;
    const unwritten = { place, run, step, writtenRun, writtenStep };
    this.#unwritten.set(runId, unwritten);
    this.#cached(unwritten);
    return answer;
  }

  /** Of the runs that are meant, those whose claim is not written. */
  unwritten(isMeant: (run: RunState) => boolean): string[] {
    return [...this.#unwritten.values()].filter(({ run }) => isMeant(run)).map(({ run }) => run.id);
  }

  isUnwritten(id: string): boolean {
    return this.#unwritten.has(id);
  }

  /** Part of a transaction, after which `forgetUnwritten` is to be called. */
  writeClaim(id: string): void {
    const unwritten = this.#unwritten.get(id);
    if (unwritten === undefined) return;
    this.#runs.update(unwritten.writtenRun, unwritten.run);
    this.#steps.update(unwritten.writtenStep, unwritten.step);
  }

  /** The database has it now, or has the run no more. */
  forgetUnwritten(id: string): void {
    const unwritten = this.#unwritten.get(id);
    if (unwritten === undefined) return;
    this.#unwritten.delete(id);
    this.marks?.free(unwritten.place);
  }

  /** Of a process that died before it could. */
  writeMarked({ runId, epoch, leaseUntil, position, attempts }: ClaimMark): void {
    if (this.sql.claimMarked.run(epoch, leaseUntil, runId, epoch - 1).changes === 0) return;
    this.sql.takeMarked.run(attempts, epoch, runId, position);
  }

  insertRun(run: RunState): void {
    this.#runs.insert(run);
    this.sql.saveHour.run(run.id);
  }

  insertSteps(steps: readonly StepRecord[]): void {
    for (const step of steps) this.#steps.insert(step);
  }

  /** What a run's first claim and its first steps would ask for, read at once. `steps`: those it was started with. */
  readStart(id: string, steps: readonly StepRecord[]): void {
    const run = this.find(id);
    if (run === null) return;
    const heads = steps.filter(isHead);
    const [only] = heads;
    this.cache.setFlawless(id);
    this.cache.setHeadCount(id, heads.length);
    if (only === undefined || heads.length > 1) return;
    const inLine = this.sql.listNext.all(id, plainText(only.lane), 0, 1 + (isShort(run) ? READ_AHEAD : 0));
    const [head, ...behind] = inLine as DatabaseRecord[];
    if (head === undefined) return;
    this.cache.setOnlyHead(id, STEP.read(head));
    this.cache.setBehind(id, only.position, behind);
  }

  /** The run, unless the change's claim on it was lost. */
  #changeable({ runId, epoch }: RunChange<unknown>): RunState | null {
    const run = this.find(runId);
    return run === null || (epoch !== null && epoch !== run.epoch) ? null : run;
  }

  /**
   * Writes some rows of a change before it is made: numbered past those that the run has, which nobody reads. They are written
   * over when it is not made. False when it cannot be made any more.
   */
  writeAhead(change: RunChange<unknown>, from: number, to: number): boolean {
    const run = this.#changeable(change);
    if (run !== null) this.#insertRows(run, change.rows ?? [], from, to);
    return run !== null;
  }

  #insertRows({ id, rowCount, seq }: RunState, rows: readonly string[], from: number, to: number): void {
    for (let i = from; i < to; i += 1) this.sql.insertRow.run(id, rowCount + i + 1, seq + 1, rows[i]);
  }

  /** `written`: so many of its rows were written ahead. */
  change<T>(change: RunChange<T>, written = 0): T | null {
    const run = this.#changeable(change);
    if (run === null) return null;
    const { epoch, needs, decide } = change;
    const facts = new SqliteFacts(run, this.clock.now(), needs, epoch, this.sql, this.cache);
    const decision = decide(facts);
    if (decision === null) return null;
    this.#write(facts, decision, written);
    return decision.answer;
  }

  #write(facts: SqliteFacts, decision: Decision<unknown>, written: number) {
    const { run = facts.run, steps = [], added = [], rows = [], error = null } = decision;
    const { id } = run;
    const unwritten = this.#unwritten.get(id);
    if (unwritten !== undefined && !steps.some(({ position }) => position === unwritten.step.position)) {
      this.#steps.update(unwritten.writtenStep, unwritten.step);
    }
    for (const step of steps) {
      const before = facts.before(step.position);
      this.#steps.update(step.position === unwritten?.step.position ? unwritten.writtenStep : before, step);
      this.cache.setStep(step, run.epoch, before);
    }
    this.insertSteps(added);
    for (const step of added) this.cache.setStep(step, run.epoch, null);
    this.#insertRows(facts.run, rows, written, rows.length);
    if (error !== null) {
      this.sql.insertError.run(id, run.errorCount, ...ERROR.all.map((column) => bindable(error, column)));
      this.sql.deleteOldError.run(id, run.errorCount - KEPT_ERRORS);
    }
    if (run === facts.run && unwritten === undefined) return;
    this.#runs.update(unwritten?.writtenRun ?? facts.run, run);
    if (hourOf(facts.run) !== hourOf(run)) this.sql.saveHour.run(id);
    this.cache.set(run);
    if (facts.run.leaseUntil !== null && run.leaseUntil === null) this.#findOnlyHead(run, [...steps, ...added]);
  }

  /** Nobody writes of a head before the next claim. `written`: by the change that let go of this one. */
  #findOnlyHead({ id, status }: RunState, written: readonly StepRecord[]): void {
    const [head, ...others] = written.filter(isHead);
    if (status !== 'running' || head?.dueAt !== null || others.length > 0) return;
    if (this.cache.headCount(id) === null && this.sql.hasMoreHeads.get(id) === undefined)
      this.cache.setHeadCount(id, 1);
    if (this.cache.headCount(id) === 1) this.cache.setOnlyHead(id, head);
  }
}

/** As the index by age has it. */
function hourOf({ updatedAt }: RunState): number {
  return Math.floor(updatedAt / 3_600_000);
}
