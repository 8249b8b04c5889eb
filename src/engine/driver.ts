import { within } from '../core/deadline.js';
import { TobiishiError } from '../core/errors.js';
import { Turns } from '../core/event-loop.js';
import { ownerOf } from '../core/fair-shares.js';
import { Interruption } from '../core/interruption.js';
import type { Job } from '../core/job.js';
import { chooseNext, type Next } from '../core/lanes.js';
import type { Run, RunState } from '../core/run.js';
import { claimRun, failRun, releaseClaim } from '../core/run-changes.js';
import type { Step } from '../core/step.js';
import { ClaimedSlice, type SliceEnd } from './claimed-slice.js';
import type { EngineParts } from './deps.js';
import { LEASE_MS } from './lease.js';
import { LongPlans } from './long-plans.js';
import { PendingReleases } from './pending-releases.js';
import { Probation } from './probation.js';
import type { Progress } from './progress.js';
import type { RunEvents } from './run-events.js';
import { NO_WATCHES, RunWatcher, watchOf } from './run-watcher.js';
import { Slots } from './slots.js';
import { Deaths } from './takeover.js';

/** How often a request looks whether another process has released the run it waits for. */
const LOOK_AGAIN_MS = 100;

/** A run that is with a worker moves about once a second, or somebody has a claim that ends with its lease. */
const WATCHED_FOR_MS = 2500;

/** How long a server that stops keeps those who ask for a step it will not start. */
const ASK_LATER_MS = 1000;

/** A step is given this long to finish when the server must stop. */
const STOP_WITHIN_MS = 20_000;

const NO_WAIT = { waitMs: 0, pausedForMs: null };

/** Executes runs, slice by slice: one at a time for each run, however many requests ask for it. */
export class Driver {
  readonly #slices = new Map<string, ClaimedSlice>();
  readonly #slots: Slots;
  /** By run, the steps that may have ended their process (`Deaths`), until they were executed alone. */
  readonly #suspects = new Map<string, Set<number>>();
  readonly #pendingReleases: PendingReleases;
  readonly #plans: LongPlans;
  readonly #deaths: Deaths;
  readonly #probation: Probation;
  readonly #turns = new Turns();
  #stopping = false;
  #busyCount = 0;

  constructor(
    private readonly deps: EngineParts,
    private readonly events: RunEvents,
  ) {
    this.#pendingReleases = new PendingReleases(deps.store, deps.clock, events.notify);
    this.#slots = new Slots(deps.maxWorking ?? Infinity);
    this.#plans = new LongPlans(deps.clock);
    this.#deaths = new Deaths(deps.store);
    this.#probation = new Probation(deps.clock);
  }

  /** How much is at work now. `slots` is infinite where nothing limits them; `busyCount`: how often none was free. */
  get load(): { readonly runs: number; readonly working: number; readonly slots: number; readonly busyCount: number } {
    return {
      runs: this.#slices.size,
      working: this.#slots.taken,
      slots: this.#slots.count,
      busyCount: this.#busyCount,
    };
  }

  /** As the settings say. */
  get answerWithinMs(): number {
    return this.deps.budget.answerWithinMs;
  }

  /** `runAfter`, with what the run is doing then. */
  async advance(run: Run, k: number, answerWithinMs = this.answerWithinMs): Promise<Progress> {
    return this.show(await this.runAfter(run, k, answerWithinMs));
  }

  /**
   * Asks for the step after `k`. Executes a slice when `k` is the run's seq, joins the slice that is being executed
   * if there is one, and otherwise executes nothing. Answers the run as it is when the slice has ended, or after
   * `answerWithinMs` with the slice going on behind. Throws `too-busy` when a slice would have to begin and no slot is free.
   * `alongside`: see `ClaimedSlice`; not called once this has answered.
   */
  async runAfter(
    run: Run,
    k: number,
    answerWithinMs = this.answerWithinMs,
    alongside: (run: RunState) => void = () => {},
  ): Promise<Run> {
    const { clock, store } = this.deps;
    const until = clock.monotonic() + answerWithinMs;
    let current = this.#isCurrent(run) ? run : await this.#failOutdated(run);
    if (this.#isWatched(current)) current = await this.#watch(current, k, until);
    for (;;) {
      const slice = this.#slices.get(current.id) ?? this.#begin(current, k, answerWithinMs);
      // Whoever asks a stopping server at once again would be answered at once again.
      if (slice === null && this.#stopping) await clock.sleep(ASK_LATER_MS);
      if (slice === null || k < slice.fromSeq) return current;
      const leftMs = this.holdsAnswer(current) ? Infinity : until - clock.monotonic();
      slice.alongside.add(alongside);
      let end: SliceEnd | null;
      try {
        end = await within(clock, leftMs, slice.ended);
      } finally {
        slice.alongside.delete(alongside);
      }
      if (end !== null && slice.endedRecording) current = slice.run;
      else current = (await store.findRun(current.id)) ?? slice.run;
      if (end !== 'busy') return current;
      // Another process has the claim. Its slice is joined from here: look until the run moves or time is up.
      if (clock.monotonic() + LOOK_AGAIN_MS >= until) return current;
      await clock.sleep(LOOK_AGAIN_MS);
    }
  }

  #isWatched(run: Run): boolean {
    const { watchesWorkers = false } = this.deps;
    return watchesWorkers && run.background && !this.#slices.has(run.id);
  }

  /**
   * Of a run that is with a worker: waits until it moves. Where it does not, and nobody has a claim that holds, the worker is gone,
   * or its step may not start yet; then the run is driven from here.
   */
  async #watch(run: Run, k: number, until: number): Promise<Run> {
    const { clock, store } = this.deps;
    const watchUntil = Math.min(until, clock.monotonic() + WATCHED_FOR_MS);
    let current = run;
    while (current.status === 'running' && current.seq === k && clock.monotonic() < watchUntil) {
      await clock.sleep(LOOK_AGAIN_MS);
      current = (await store.findRun(run.id)) ?? current;
    }
    return current;
  }

  /**
   * The step after `k` is asked for again. Where that was asked of a process that is gone without an answer, maybe the step
   * ended it: counts an attempt for what would be executed, as a claim does whose holder dies, unless it was at work then
   * and is counted, and executes nothing. Null when the step is to be executed instead. `refusals` is how often the host said at once that nobody is there, else
   * null. A step that ends its process at once looks the same: the first time an attempt is counted, then they take turns,
   * so that neither processes die for ever nor steps fail where servers come and go.
   */
  async countLost(run: Run, k: number, refusals: number | null): Promise<Run | null> {
    const { jobs, store } = this.deps;
    const stranger = store.stranger?.(run.id) ?? null;
    if (stranger === null) return null;
    const isCounted = stranger.atWork;
    if (!isCounted && refusals !== null) {
      const attempts = (await this.#next(run))?.step.attempts ?? 0;
      if (attempts > 0 && (attempts + refusals) % 2 === 0) return null;
    }
    const job = jobs.get(run.job);
    const count = isCounted ? 0 : (job?.concurrency ?? 0);
    const claim = job && k === run.seq ? await store.change(claimRun(run.id, k, LEASE_MS, count)) : null;
    if (claim !== null) await store.change(releaseClaim(claim));
    return run;
  }

  /** Where the run is; executes nothing. */
  async show(run: Run): Promise<Progress> {
    const atWork = this.#slices.get(run.id)?.atWork ?? null;
    if (atWork !== null) return { run, pausedForMs: null, ...atWork };
    const next = await this.#next(run);
    const { waitMs, pausedForMs } = (run.status === 'running' && next) || NO_WAIT;
    const waitsFor = next && waitMs > 0 ? this.#turnKey(run, next.step) : null;
    return { run, step: next?.step ?? null, workingMs: null, waitMs, waitsFor, pausedForMs };
  }

  /** The step that gave up, or else the one that comes next, with its turn waited for. */
  async #next(run: Run): Promise<Next | null> {
    const { store } = this.deps;
    const heads = await store.listUpcoming(run);
    const keys = heads.map(({ step }) => this.#turnKey(run, step));
    const asked = keys.filter((key) => key !== null);
    const waits = asked.length > 0 ? await store.turnWaits(asked) : [];
    return chooseNext(
      heads,
      keys.map((key) => (key === null ? null : (waits.shift() ?? null))),
    );
  }

  #turnKey(run: Run, step: Step): string | null {
    return this.deps.jobs.get(run.job)?.turnKey(step.item, run.input) ?? null;
  }

  /** Whether each answer of the run waits for its slice to end, however long. */
  holdsAnswer(run: Run): boolean {
    return this.deps.jobs.get(run.job)?.holdAnswer(run.input) ?? false;
  }

  /** Has the run start no further step in this process; those at work are still recorded. */
  rest(runId: string): void {
    this.#slices.get(runId)?.stop();
  }

  /** Aborts the run's steps at work in this process; their outcomes are thrown away. */
  abort(runId: string): void {
    this.#slices.get(runId)?.abort(new Interruption('cancelled'));
  }

  /** Starts no further step, gives those at work 20 s, then aborts them; resolves when every claim is released. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const slices = [...this.#slices.values()];
    for (const slice of slices) slice.stop();
    const all = Promise.allSettled(slices.map(({ ended }) => ended));
    await within(this.deps.clock, STOP_WITHIN_MS, Promise.all([all, this.events.settled()]));
    for (const slice of slices) slice.abort(new Interruption('stopping'));
    this.#pendingReleases.stop();
    await all;
    await this.#plans.close();
  }

  /** Registered before the first await, so that two requests never begin two slices. */
  #begin(run: Run, k: number, answerWithinMs: number): ClaimedSlice | null {
    const job = this.deps.jobs.get(run.job);
    if (job === undefined || run.status !== 'running' || k !== run.seq || this.#stopping) return null;
    const slots = this.#slots.of(run);
    if (slots.isFull) {
      this.#busyCount += 1;
      throw new TobiishiError('too-busy', `steps are at work in ${this.#slots.count} slots`);
    }
    const { store, clock, random = Math.random } = this.deps;
    const { secretBox, memory, inputs, hosts, guard, files = null, maxRunBytes = Infinity } = this.deps;
    const suspects = this.#suspects.get(run.id) ?? new Set();
    const { events } = this;
    // Name by name: to spread one object into another takes several times as long.
    const deps = {
      store,
      clock,
      budget: { answerWithinMs, paceMs: Math.min(this.deps.budget.paceMs, answerWithinMs) },
      random,
      secretBox,
      files,
      inputs,
      owner: ownerOf(run),
      hosts,
      guard,
      watcher: this.#watcherOf(run, job),
      memory,
      plans: this.#plans,
      maxRunBytes,
      pendingReleases: this.#pendingReleases,
      slots,
      events,
      suspects,
      deaths: this.#deaths,
      probation: this.#probation,
      turns: this.#turns,
    };
    const slice = new ClaimedSlice(run, job, deps);
    this.#slices.set(run.id, slice);
    const forget = () => {
      this.#slices.delete(run.id);
      if (suspects.size > 0 && slice.run.status === 'running') this.#suspects.set(run.id, suspects);
      else this.#suspects.delete(run.id);
    };
    slice.ended.then(forget, (error: unknown) => {
      forget();
      // Whoever asked may have been answered long ago.
      events.notify('fault', { runId: run.id, during: 'slice', error });
    });
    return slice;
  }

  #watcherOf(run: Run, job: Job): Pick<RunWatcher, 'see'> | null {
    const watch = watchOf(job, run);
    if (watch === null) return null;
    const { watches = null } = this.deps;
    return watches === null ? NO_WATCHES : new RunWatcher(watches, watch, job.name, run.id);
  }

  #isCurrent(run: Run): boolean {
    return run.status !== 'running' || this.deps.jobs.get(run.job)?.version === run.version;
  }

  /** A run whose job changed shape says so instead of misreading its items. */
  async #failOutdated(run: Run): Promise<Run> {
    const reason = this.deps.jobs.has(run.job) ? 'version-changed' : 'job-missing';
    const failed = await this.deps.store.change(failRun(run.id, reason));
    if (failed === null) return run;
    const after = { ...run, ...failed };
    this.events.ended(after);
    return after;
  }
}
