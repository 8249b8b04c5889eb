import type { Clock } from '../../core/clock.js';
import type { Decision, RunChange } from '../../core/decision.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';
import { KEPT_ERRORS } from '../../core/store.js';
import { type DatabaseRecord, ERROR, RUN, STEP } from '../columns.js';
import type { SqliteDatabase } from './database.js';
import { SqliteFacts } from './facts.js';
import type { RunCache } from './run-cache.js';
import type { Statements } from './statements.js';
import { bindable, SqliteTable } from './table.js';

/** Runs and their steps, read and written. Whatever writes is part of a transaction. */
export class RunRecords {
  readonly #runs: SqliteTable<RunState>;
  readonly #steps: SqliteTable<StepRecord>;

  constructor(
    db: SqliteDatabase,
    private readonly sql: Statements,
    private readonly cache: RunCache,
    private readonly clock: Clock,
  ) {
    this.#runs = new SqliteTable(db, 'runs', RUN);
    this.#steps = new SqliteTable(db, 'steps', STEP);
  }

  find(id: string): RunState | null {
    const cached = this.cache.state(id);
    if (cached !== undefined) return cached;
    const record = this.sql.findRun.get(id) as DatabaseRecord | undefined;
    if (record === undefined) return null;
    const state = RUN.read(record);
    this.cache.set(state);
    return state;
  }

  insertRun(run: RunState): void {
    this.#runs.insert(run);
    this.sql.saveHour.run(run.id);
  }

  insertSteps(steps: readonly StepRecord[]): void {
    for (const step of steps) this.#steps.insert(step);
  }

  change<T>({ runId, epoch, needs, decide }: RunChange<T>): T | null {
    const run = this.find(runId);
    if (run === null || (epoch !== null && epoch !== run.epoch)) return null;
    const facts = new SqliteFacts(run, this.clock.now(), needs, epoch, this.sql, this.cache);
    const decision = decide(facts);
    if (decision === null) return null;
    this.#write(facts, decision);
    return decision.answer;
  }

  #write(facts: SqliteFacts, { run = facts.run, steps = [], added = [], rows = [], error = null }: Decision<unknown>) {
    const { id } = run;
    for (const step of steps) this.#steps.update(facts.before(step.position), step);
    this.insertSteps(added);
    for (const step of [...steps, ...added]) this.cache.setStep(step, run.epoch);
    rows.forEach((row, i) => {
      this.sql.insertRow.run(id, facts.run.rowCount + i + 1, run.seq, row);
    });
    if (error !== null) {
      this.sql.insertError.run(id, run.errorCount, ...ERROR.all.map((column) => bindable(error, column)));
      this.sql.deleteOldError.run(id, run.errorCount - KEPT_ERRORS);
    }
    if (run === facts.run) return;
    this.#runs.update(facts.run, run);
    if (hourOf(facts.run) !== hourOf(run)) this.sql.saveHour.run(id);
    this.cache.set(run);
    if (facts.run.leaseUntil !== null && run.leaseUntil === null) this.#findOnlyHead(run, [...steps, ...added]);
  }

  /** Nobody writes of a head before the next claim. `written`: by the change that let go of this one. */
  #findOnlyHead({ id, status }: RunState, written: readonly StepRecord[]): void {
    const [head, ...others] = written.filter((step) => step.head && step.seq === null);
    const mayBeOnly = status === 'running' && head?.dueAt === null && others.length === 0;
    if (mayBeOnly && this.sql.hasMoreHeads.get(id) === undefined) this.cache.setOnlyHead(id, head);
  }
}

/** As the index by age has it. */
function hourOf({ updatedAt }: RunState): number {
  return Math.floor(updatedAt / 3_600_000);
}
