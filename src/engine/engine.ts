import { randomBytes } from 'node:crypto';
import type { Budget } from '../core/budget.js';
import type { Clock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Preview } from '../core/preview.js';
import { allows, type Input, type Run, type RunAction } from '../core/run.js';
import type { Store } from '../core/store.js';
import { Slice } from './claimed-slice.js';
import { Cancelled, ShuttingDown } from './execute.js';
import { failedSteps, mayRetryFailed } from './failures.js';
import { LEASE_MS } from './lease.js';
import { plan } from './plan.js';
import { preview } from './preview.js';
import type { Progress } from './progress.js';
import { LettingGo } from './release.js';
import { Room } from './slots.js';

export interface EngineDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly store: Store;
  readonly clock: Clock;
  readonly budget: Budget;
  /** The most steps any run may have. */
  readonly maxSteps: number;
  /** The most steps that may be at work at once in this process. */
  readonly maxWorking?: number;
  /** Between 0 and 1; for the jitter of retries. */
  readonly random?: () => number;
}

/** The most unfinished runs a visitor may have. */
const MAX_UNFINISHED = 10;

/** How often a request looks whether another process has let go of the run it waits for. */
const LOOK_AGAIN_MS = 100;

/** How long a server that stops keeps those who ask for a step it will not start. */
const ASK_LATER_MS = 1000;

/** A step is given this long to finish when the server must stop. */
const STOP_WITHIN_MS = 20_000;

const NO_WAIT = { waitMs: 0, parkedForMs: null };

/** Executes runs, slice by slice: one at a time for each run, however many requests ask for it. */
export class Engine {
  readonly #deps: EngineDeps;
  readonly #slices = new Map<string, Slice>();
  readonly #room: Room;
  readonly #lettingGo: LettingGo;
  #stopping = false;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#lettingGo = new LettingGo(deps.store, deps.clock);
    this.#room = new Room(deps.maxWorking ?? Infinity);
  }

  /** As the settings say. */
  get answerWithinMs(): number {
    return this.#deps.budget.answerWithinMs;
  }

  /** Plans and starts a run. Throws `too-many-runs`, `too-many-steps`, `plan-empty` or `plan-too-slow`. */
  async start(job: Job, input: Input, visitorId: string): Promise<Run> {
    const { store, clock, maxSteps } = this.#deps;
    const steps = await plan(job, input, clock, { maxSteps, withinMs: this.#deps.budget.answerWithinMs });
    const maxTotal = Math.min(job.limit(input), maxSteps);
    const { name, version } = job;
    const run = { id: secret(), visitorId, job: name, version, input: job.kept(input), maxTotal };
    return store.createRun(run, steps, MAX_UNFINISHED);
  }

  /**
   * Starts another run of the same job and input, of nothing but the steps that failed. Throws `wrong-status` when
   * there are none, when more may come, or when the job has changed; `too-many-runs`.
   */
  async startFailed(run: Run): Promise<Run> {
    const { jobs, store } = this.#deps;
    const job = jobs.get(run.job);
    if (!mayRetryFailed(run, job))
      throw new TobiishiError('wrong-status', `run ${run.id} has no failed steps to retry`);
    const { visitorId, version, input, maxTotal } = run;
    const steps = await failedSteps(store, run, job);
    return store.createRun({ id: secret(), visitorId, job: job.name, version, input, maxTotal }, steps, MAX_UNFINISHED);
  }

  /** What a run with this input would do, found out within the time of one answer. */
  preview(job: Job, input: Input): Promise<Preview> {
    const { store, clock } = this.#deps;
    return preview(job, input, { store, clock, withinMs: this.answerWithinMs });
  }

  /** Throws `run-not-found` when the run is absent or another visitor's. */
  async find(id: string, visitorId: string): Promise<Run> {
    const run = await this.#deps.store.findRun(id);
    if (run === null || run.visitorId !== visitorId) throw new TobiishiError('run-not-found', `no run ${id}`);
    return run;
  }

  /**
   * Asks for the step after `k`. Executes a slice when `k` is the run's seq, joins the slice that is being executed
   * if there is one, and otherwise executes nothing. Answers when the slice has ended, or after `answerWithinMs` with
   * the slice going on behind. Throws `too-busy` when a slice would have to begin and there is no room for it.
   */
  async advance(run: Run, k: number, answerWithinMs = this.answerWithinMs): Promise<Progress> {
    const { clock } = this.#deps;
    const until = clock.monotonic() + answerWithinMs;
    let current = await this.#checkVersion(run);
    for (;;) {
      const slice = this.#slices.get(current.id) ?? this.#begin(current, k, answerWithinMs);
      // Whoever asks a stopping server at once again would be answered at once again.
      if (slice === null && this.#stopping) await clock.sleep(ASK_LATER_MS);
      if (slice === null || k < slice.fromSeq) return this.show(current);
      const end = await this.#within(slice, this.holdsAnswer(current) ? Infinity : until - clock.monotonic());
      if (end !== null && slice.endedRecording) current = slice.run;
      else current = (await this.#deps.store.findRun(current.id)) ?? slice.run;
      if (end !== 'busy') return this.show(current);
      // Another process has the claim. Its slice is joined from here: look until the run moves or time is up.
      if (clock.monotonic() + LOOK_AGAIN_MS >= until) return this.show(current);
      await clock.sleep(LOOK_AGAIN_MS);
    }
  }

  /**
   * The step after `k` was asked for before, of a process that is gone without an answer: maybe the step ended it. Counts
   * an attempt for what would be executed, as a claim does whose holder dies, unless `counted`, and executes nothing.
   * Null when the step is to be executed instead. `refusals` is how often the host said at once that nobody is there, else
   * null. A step that ends its process at once looks the same: the first time an attempt is counted, then they take turns,
   * so that neither processes die for ever nor steps fail where servers come and go.
   */
  async countLost(run: Run, k: number, counted: boolean, refusals: number | null): Promise<Progress | null> {
    const { jobs, store } = this.#deps;
    if (!counted && refusals !== null) {
      const attempts = (await store.nextStep(run))?.step.attempts ?? 0;
      if (attempts > 0 && (attempts + refusals) % 2 === 0) return null;
    }
    const job = jobs.get(run.job);
    const count = counted ? 0 : (job?.concurrency ?? 0);
    const claim = job && k === run.seq ? await store.claim(run.id, k, LEASE_MS, count) : null;
    if (claim !== null) await store.release(claim);
    return this.show(run);
  }

  /** Where the run is; executes nothing. */
  async show(run: Run): Promise<Progress> {
    const working = this.#slices.get(run.id)?.working ?? null;
    if (working !== null) return { run, parkedForMs: null, ...working };
    const next = await this.#deps.store.nextStep(run);
    const { waitMs, parkedForMs } = (run.status === 'running' && next) || NO_WAIT;
    return { run, step: next?.step ?? null, workingMs: null, waitMs, waitsFor: null, parkedForMs };
  }

  /** Does what the visitor pressed. Throws `wrong-status` when the run's status forbids it. */
  async control(run: Run, action: RunAction): Promise<Run> {
    const changed = allows(run, action) ? await this.#change(run.id, action) : null;
    if (changed === null) {
      throw new TobiishiError('wrong-status', `cannot ${action} a run that is ${run.status}`, { action });
    }
    const slice = this.#slices.get(run.id);
    if (action === 'pause') slice?.stop();
    if (action === 'cancel') slice?.abort(new Cancelled());
    return changed;
  }

  /** For good, whatever its status; a step at work is aborted and its outcome thrown away. */
  async delete(run: Run): Promise<void> {
    await this.#deps.store.deleteRun(run.id);
    this.#slices.get(run.id)?.abort(new Cancelled());
  }

  /** Whoever knows the `shareToken` of the answer may read the run; with `shared` false, nobody else any more. */
  async share(run: Run, shared: boolean): Promise<Run> {
    if (shared === (run.shareToken !== null)) return run;
    return (await this.#deps.store.shareRun(run.id, shared ? secret() : null)) ?? run;
  }

  /** Throws `shared-not-found`. */
  async findShared(token: string): Promise<Run> {
    const run = await this.#deps.store.findSharedRun(token);
    if (run === null) throw new TobiishiError('shared-not-found', 'nothing is shared under this token');
    return run;
  }

  /** Starts no further step, gives those at work 20 s, then aborts them; resolves when every claim is released. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const { clock } = this.#deps;
    const slices = [...this.#slices.values()];
    for (const slice of slices) slice.stop();
    const all = Promise.allSettled(slices.map(({ ended }) => ended));
    const over = new AbortController();
    await Promise.race([all, clock.sleep(STOP_WITHIN_MS, over.signal)]);
    over.abort();
    for (const slice of slices) slice.abort(new ShuttingDown());
    this.#lettingGo.stop();
    await all;
  }

  /** Registered before the first await, so that two requests never begin two slices. */
  #begin(run: Run, k: number, answerWithinMs: number): Slice | null {
    const job = this.#deps.jobs.get(run.job);
    if (job === undefined || run.status !== 'running' || k !== run.seq || this.#stopping) return null;
    if (this.#room.isFull) throw new TobiishiError('too-busy', `${this.#deps.maxWorking} steps are at work`);
    const { store, clock, random = Math.random } = this.#deps;
    const budget = { answerWithinMs, paceMs: Math.min(this.#deps.budget.paceMs, answerWithinMs) };
    const deps = { store, clock, budget, random, room: this.#room, lettingGo: this.#lettingGo };
    const slice = new Slice(run, job, deps);
    this.#slices.set(run.id, slice);
    const forget = () => this.#slices.delete(run.id);
    slice.ended.then(forget, forget);
    return slice;
  }

  /** How the slice ended, or null when it goes on after `ms`. */
  async #within(slice: Slice, ms: number) {
    if (ms === Infinity) return slice.ended;
    let cancel = () => {};
    const late = new Promise<null>((resolve) => {
      cancel = this.#deps.clock.after(ms, () => resolve(null));
    });
    return Promise.race([slice.ended, late]).finally(cancel);
  }

  /** Whether each answer of the run waits for its slice to end, however long. */
  holdsAnswer(run: Run): boolean {
    return this.#deps.jobs.get(run.job)?.holdAnswer(run.input) ?? false;
  }

  /** A run whose job changed shape says so instead of misreading its items. */
  async #checkVersion(run: Run): Promise<Run> {
    if (run.status !== 'running') return run;
    const job = this.#deps.jobs.get(run.job);
    if (job?.version === run.version) return run;
    const reason = job === undefined ? 'job-missing' : 'version-changed';
    return (await this.#deps.store.failRun(run.id, reason)) ?? run;
  }

  #change(id: string, action: RunAction): Promise<Run | null> {
    const { store } = this.#deps;
    switch (action) {
      case 'pause':
        return store.pauseRun(id);
      case 'resume':
        return store.resumeRun(id);
      case 'retry':
        return store.retryRun(id);
      case 'skip':
        return store.skipStep(id);
      case 'cancel':
        return store.cancelRun(id);
    }
  }
}

/** 128 random bits: what cannot be guessed. */
function secret(): string {
  return randomBytes(16).toString('base64url');
}
