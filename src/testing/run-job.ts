import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import type { Clock } from '../core/clock.js';
import type { FileStore } from '../core/files.js';
import { type Job, jobsByName } from '../core/job.js';
import type { Preview } from '../core/preview.js';
import type { Input, Run } from '../core/run.js';
import { SecretBox } from '../core/secrets.js';
import type { Item, Outcome, Row, Step } from '../core/step.js';
import type { Store } from '../core/store.js';
import { isUpload, type UploadStore, uploadOf } from '../core/upload.js';
import { createEngine } from '../engine/engine.js';
import { LEASE_MS } from '../engine/lease.js';
import { openSqlite, type SqliteDatabase } from '../store/sqlite/database.js';
import { SqliteFiles } from '../store/sqlite/files.js';
import { SqliteStore } from '../store/sqlite/store.js';
import { SqliteUploads } from '../store/sqlite/uploads.js';
import { MortalProcess } from './mortal-process.js';
import { SkippingClock } from './skipping-clock.js';

/** One time that a step was executed. */
export interface Execution {
  /** From 1, in the order in which they began. */
  readonly number: number;
  readonly item: Item;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** What the step threw, as it was; null when it threw nothing, or the process was killed first. */
  readonly thrown: unknown;
}

export interface RunJobOptions {
  /**
   * The executions, by number from 1, after which the process is killed: the step has done its work, but nothing of it is
   * recorded, and whatever else was at work is lost, too. Another process goes on when the lease of the dead one has ended.
   */
  readonly interruptAfter?: number | readonly number[] | ((execution: Execution) => boolean);
  /** The run stops here with an error; a job that adds steps for ever would never end. Default 10,000. */
  readonly maxExecutions?: number;
  /** The most steps the run may have. Default 100,000. */
  readonly maxSteps?: number;
}

/** What a run of the bench came to. */
export interface JobRun {
  /** As it ended: `done`, or `failed` when a step gave up. */
  readonly run: Run;
  readonly rows: readonly Row[];
  /** Those recorded, in the order in which they were planned. */
  readonly steps: readonly Step[];
  /** The steps that failed, and the one that gave up. */
  readonly failures: readonly Step[];
  readonly notes: readonly string[];
  /** What the steps returned as files, in order. */
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: Uint8Array }[];
  readonly executions: readonly Execution[];
  /** How long the run took on the bench's clock, which skips every wait. */
  readonly elapsedMs: number;
}

const PAGE = 1000;
const PACE_MS = 1000;

/**
 * Runs a job from its plan to its end, without a server: by the real engine, on a store in memory and a clock that skips every
 * wait. `job` may be a function that makes the job, called anew for each process, so that what a job keeps in memory is lost
 * with a killed one. Throws what the schema says of `input`, and a `JobError` for a mistake in the job.
 *
 * @example
 * const { rows, executions } = await runJob(shout, { words: 'a b' }, { interruptAfter: 2 });
 */
export async function runJob(
  job: Job | (() => Job),
  input: z.input<z.ZodObject>,
  options: RunJobOptions = {},
): Promise<JobRun> {
  const clock = new SkippingClock();
  const db = openSqlite(':memory:');
  const store = new SqliteStore(db, clock);
  const bench = new Bench(typeof job === 'function' ? job : () => job, store, clock, options, benchFiles(db, clock));
  try {
    return await bench.run(input);
  } finally {
    await store.close();
  }
}

/** What the job's preview says of `input`. */
export async function previewJob(job: Job, input: z.input<z.ZodObject>): Promise<Preview> {
  const clock = new SkippingClock();
  const db = openSqlite(':memory:');
  const store = new SqliteStore(db, clock);
  const bench = new Bench(() => job, store, clock, {}, benchFiles(db, clock));
  try {
    return await bench.preview(input);
  } finally {
    await store.close();
  }
}

interface BenchFiles {
  readonly files: FileStore;
  readonly uploads: UploadStore;
}

function benchFiles(db: SqliteDatabase, clock: Clock): BenchFiles {
  return { files: new SqliteFiles(db), uploads: new SqliteUploads(db, clock) };
}

class Bench {
  readonly #executions: Execution[] = [];
  /** The same for every process, as a server's is. */
  readonly #secretBox = new SecretBox(['a secret of the bench']);

  constructor(
    private readonly makeJob: () => Job,
    private readonly store: Store,
    private readonly clock: SkippingClock,
    private readonly options: RunJobOptions,
    private readonly kept: BenchFiles,
  ) {}

  async preview(input: object): Promise<Preview> {
    const job = this.makeJob();
    const { runs } = this.#engine(job, { clock: this.clock, store: this.store });
    return runs.preview(job, job.input.parse(input) as Input, { visitorId: 'bench', network: null });
  }

  async run(input: object): Promise<JobRun> {
    const startedAt = this.clock.monotonic();
    const planned = this.makeJob();
    const { runs } = this.#engine(planned, { clock: this.clock, store: this.store });
    const parsed = await this.#withKeptFiles(planned.input.parse(input));
    let run = await runs.start(planned, parsed, { visitorId: 'bench', network: null });
    while (run.status === 'running') {
      run = await this.#live(run);
      // The dead one's claim must end first.
      if (run.status === 'running') await this.clock.advance(LEASE_MS);
    }
    return {
      run,
      rows: await all(
        (after) => this.store.listRows(run.id, after, PAGE),
        ({ number }) => number,
      ).then((rows) => rows.map(({ row }) => row)),
      ...(await this.#steps(run)),
      files: await this.#files(run),
      executions: this.#executions,
      elapsedMs: this.clock.monotonic() - startedAt,
    };
  }

  async #files({ id }: Run): Promise<JobRun['files']> {
    const { files } = this.kept;
    const listed = await files.list(id, null, Number.MAX_SAFE_INTEGER);
    return Promise.all(
      listed.map(async ({ name, type, ...key }) => ({ name, type, bytes: await buffer(files.read(key)) })),
    );
  }

  /** As a form would bring them. */
  async #withKeptFiles(input: object): Promise<Input> {
    const { uploads } = this.kept;
    const keep = async (value: unknown): Promise<unknown> =>
      isUpload(value)
        ? uploadOf(await uploads.write({ visitorId: 'bench', network: null }, value, value.stream()), uploads)
        : value;
    const entries = Object.entries(input).map(async ([name, value]) => [
      name,
      await (Array.isArray(value) ? Promise.all(value.map(keep)) : keep(value)),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Input;
  }

  /** One process, from its start until the run ends or it is killed. */
  async #live(run: Run): Promise<Run> {
    const process = new MortalProcess(this.clock, this.store);
    let kill = () => {};
    const killed = new Promise<null>((resolve) => {
      kill = () => {
        process.kill();
        resolve(null);
      };
    });
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const { driver } = this.#engine(this.#watched(this.makeJob(), kill, fail), process);
    let current = run;
    try {
      while (current.status === 'running') {
        const progress = await Promise.race([driver.advance(current, current.seq, Infinity), killed, failed]);
        if (progress === null) break;
        current = progress.run;
        if (progress.waitMs > 0) await this.clock.sleep(progress.waitMs);
      }
    } finally {
      // What is still at work must not find the store closed.
      process.kill();
    }
    return (await this.store.findRun(run.id)) ?? current;
  }

  #engine(job: Job, { clock, store }: Pick<MortalProcess, 'clock' | 'store'>) {
    return createEngine({
      jobs: jobsByName([job]),
      store,
      ...this.kept,
      secretBox: this.#secretBox,
      clock,
      budget: { paceMs: PACE_MS, answerWithinMs: Infinity },
      maxSteps: this.options.maxSteps ?? 100_000,
      random: () => 0.5,
    });
  }

  /** The job with its executions noted, and its process killed where the options say. */
  #watched(job: Job, kill: () => void, fail: (error: unknown) => void): Job {
    const { maxExecutions = 10_000 } = this.options;
    return {
      ...job,
      step: async (item, context): Promise<Outcome> => {
        const number = this.#executions.length + 1;
        const { attempt, idempotencyKey } = context;
        const begun: Execution = { number, item, attempt, idempotencyKey, thrown: null };
        this.#executions.push(begun);
        if (number > maxExecutions) fail(new Error(`job "${job.name}" was not done after ${maxExecutions} executions`));
        try {
          const outcome = await job.step(item, context);
          if (!this.#isInterrupted(begun)) return outcome;
        } catch (thrown) {
          this.#executions[number - 1] = { ...begun, thrown };
          throw thrown;
        }
        kill();
        return new Promise(() => {});
      },
    };
  }

  #isInterrupted(execution: Execution): boolean {
    const { interruptAfter = [] } = this.options;
    if (typeof interruptAfter === 'function') return interruptAfter(execution);
    return [interruptAfter].flat().includes(execution.number);
  }

  async #steps(run: Run): Promise<Pick<JobRun, 'steps' | 'failures' | 'notes'>> {
    const steps = await all(
      (after) => this.store.listSteps(run.id, after, PAGE),
      ({ position }) => position,
    );
    const [gaveUp = null] =
      run.gaveUpPosition === null ? [] : (await this.store.listUpcoming(run)).map(({ step }) => step);
    return {
      steps,
      failures: [...steps.filter(({ status }) => status !== 'done'), ...(gaveUp ? [gaveUp] : [])],
      notes: steps.flatMap(({ note }) => note ?? []),
    };
  }
}

/** What is read a page at a time. */
async function all<T>(read: (after: number) => Promise<readonly T[]>, place: (one: T) => number): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await read(last === undefined ? 0 : place(last));
    found.push(...page);
    if (page.length === 0) return found;
  }
}
