import type { Budget } from '../core/budget.js';
import { type Clock, OVER } from '../core/clock.js';
import { failureOf, StepError, TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import { backoffMs, MAX_ATTEMPTS } from '../core/retry.js';
import type { Run, Stats } from '../core/run.js';
import type { NewStep, Outcome, Step } from '../core/step.js';
import type { Claim, Claimed, Handed, Postponement, Recorded, Recording, Store } from '../core/store.js';
import { Cancelled, execute, NotYet, ShuttingDown, type Waiting } from './execute.js';
import { keepLease, LEASE_MS } from './lease.js';
import { newSteps } from './plan.js';
import type { LettingGo } from './release.js';
import type { Room } from './slots.js';

/** After this a step that could not reach the store is executed again. */
const STORE_AWAY_MS = 1000;

export interface SliceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly random: () => number;
  readonly lettingGo: LettingGo;
  /** Has a free place when the slice begins. */
  readonly room: Room;
}

/**
 * Why a slice ended:
 * - `pace`: it ran long enough, was asked to stop, or found no room to go on after a wait
 * - `wait`: nothing may start for a while
 * - `status`: the run is no longer `running`, or has nothing left
 * - `busy`: another holder has the claim
 * - `lost`: the claim was lost on the way
 */
export type SliceEnd = 'pace' | 'wait' | 'status' | 'busy' | 'lost';

interface Working {
  readonly step: Step;
  readonly since: number;
  readonly waiting: Waiting;
  readonly abort: AbortController;
  readonly finished: Promise<Finished>;
}

interface Done {
  readonly step: Step;
  readonly stats: Stats;
  readonly outcome: Outcome;
  readonly items: readonly NewStep[];
}

interface Failed {
  readonly step: Step;
  readonly stats: Stats;
  readonly thrown: unknown;
}

type Finished = Done | Failed;

/** What one request executes: the run's next steps under one claim, until the budget ends. */
export class Slice {
  readonly fromSeq: number;
  /** Resolves when nothing of this slice is at work any more and its claim is free. Rejects when the store fails. */
  readonly ended: Promise<SliceEnd>;
  /** As of the last recorded step. */
  run: Run;

  readonly #working = new Map<number, Working>();
  /** Positions of the steps handed out that are neither recorded nor put back. */
  readonly #unwritten = new Set<number>();
  /** One for each step at work, and one to begin with: a slice that has begun can go on. */
  #places: number;
  readonly #startedAt: number;
  readonly #stop = new AbortController();
  #released = false;
  /** The step that ends the run as `failed` once those at work beside it are recorded. */
  #givingUp: Failed | null = null;

  constructor(
    run: Run,
    private readonly job: Job,
    private readonly deps: SliceDeps,
  ) {
    this.run = run;
    this.fromSeq = run.seq;
    this.#places = deps.room.take(1);
    this.#startedAt = deps.clock.monotonic();
    this.ended = this.#execute();
  }

  /** Whether its last recording let go of the claim, too: `run` is then as it was left. */
  get endedRecording(): boolean {
    return this.#released;
  }

  /** The step that has been at work longest; one that waits for a turn only when all do. */
  get working(): { step: Step; workingMs: number; waitMs: number; waitsFor: string } | null {
    const now = this.deps.clock.monotonic();
    const all = [...this.#working.values()].map(({ step, since, waiting: { key, until } }) => {
      return { step, workingMs: now - since, waitMs: Math.max(0, until - now), waitsFor: key };
    });
    return all.find(({ waitMs }) => waitMs === 0) ?? all[0] ?? null;
  }

  /** Starts no further step. */
  stop(): void {
    this.#stop.abort(OVER);
  }

  /** Aborts the steps at work: `reason` says whether their attempts count. */
  abort(reason: Cancelled | ShuttingDown): void {
    this.stop();
    for (const { abort } of this.#working.values()) abort.abort(reason);
  }

  async #execute(): Promise<SliceEnd> {
    try {
      await this.deps.lettingGo.pending(this.run.id);
      const claim = await this.deps.store.claim(this.run.id, this.run.seq, LEASE_MS, this.#reserve());
      return claim === null ? 'busy' : await this.#executeUnder(claim);
    } finally {
      // A step that ignores that it was aborted has lost its place, too: it may never end.
      this.deps.room.giveBack(this.#places);
    }
  }

  async #executeUnder(claim: Claimed): Promise<SliceEnd> {
    const letGo = keepLease(claim, this.deps, () => this.abort(new Cancelled()));
    try {
      return await this.#loop(claim);
    } catch (error) {
      this.abort(new Cancelled());
      this.deps.lettingGo.begin(claim, isAway(error) ? [...this.#unwritten] : []);
      throw error;
    } finally {
      await letGo();
    }
  }

  async #loop(claim: Claimed): Promise<SliceEnd> {
    const { store, clock } = this.deps;
    let handed: Handed | null = claim.handed;
    for (;;) {
      if (handed === null) return this.#lose();
      for (const step of handed.steps) this.#begin(step);
      this.#giveBackSpare();
      if (this.#working.size > 0) {
        handed = await this.#settleNext(claim, handed.waitMs);
        continue;
      }
      if (this.#givingUp !== null) {
        handed = await this.#giveUp(claim, this.#givingUp);
        continue;
      }
      const end = this.#reasonToEnd(handed.waitMs);
      if (end !== null || handed.waitMs === null) {
        if (!this.#released) await store.release(claim);
        return end ?? 'status';
      }
      await clock.sleep(handed.waitMs, this.#stop.signal).catch(() => {});
      if (this.deps.room.isFull) this.stop();
      handed = this.#stop.signal.aborted ? NOTHING : await store.take(claim, this.#reserve());
    }
  }

  /** Asked after each step: why no other is to be started; null to go on, after waiting for `waitMs`, if any. */
  #reasonToEnd(waitMs: number | null): SliceEnd | null {
    const { clock, budget } = this.deps;
    if (this.run.status !== 'running') return 'status';
    const recorded = this.run.seq > this.fromSeq;
    const passed = clock.monotonic() - this.#startedAt;
    if (this.#stop.signal.aborted || (recorded && passed >= budget.paceMs)) return 'pace';
    if (waitMs === null) return null;
    // What is recorded is shown before a wait; with nothing to show, the answer is held as long as the budget allows.
    const startsAfter = passed + waitMs;
    return startsAfter >= (recorded ? budget.paceMs : budget.answerWithinMs) ? 'wait' : null;
  }

  #begin(step: Step): void {
    const abort = new AbortController();
    const { clock, store } = this.deps;
    const stats = {};
    const waiting = { key: '', until: 0 };
    const { input } = this.run;
    const finished: Promise<Finished> = execute(this.job, input, step, { clock, store, abort, stats, waiting })
      .then((outcome) => ({ step, stats, outcome, items: newSteps(this.job, input, outcome.items ?? []) }))
      .catch((thrown: unknown) => ({ step, stats, thrown }));
    this.#unwritten.add(step.position);
    this.#working.set(step.position, { step, since: clock.monotonic(), waiting, abort, finished });
  }

  /** Waits for a step to finish, or for a free place and a step that became due, and writes what came of it. */
  async #settleNext(claim: Claim, waitMs: number | null): Promise<Handed | null> {
    const { clock, store } = this.deps;
    let waited: AbortController | null = null;
    const races: Promise<Finished | null>[] = [...this.#working.values()].map(({ finished }) => finished);
    if (waitMs !== null && this.#free > 0 && !this.deps.room.isFull && this.#reasonToEnd(waitMs) === null) {
      waited = new AbortController();
      const due = clock.sleep(waitMs, AbortSignal.any([waited.signal, this.#stop.signal]));
      races.push(due.then(nothing, nothing));
    }
    const finished = await Promise.race(races);
    waited?.abort(OVER);
    if (finished === null) return store.take(claim, this.#stop.signal.aborted ? 0 : this.#reserve());
    this.#working.delete(finished.step.position);
    if ('thrown' in finished) return this.#fail(claim, finished);
    const { step, ...done } = finished;
    try {
      return await this.#record(claim, step, { status: 'done', ...done });
    } catch (error) {
      // What a store cannot keep is the step's fault, unless the store itself is: rows that are no rows, no JSON.
      if (error instanceof TobiishiError) throw error;
      return this.#fail(claim, { step, stats: done.stats, thrown: badOutcome(error) });
    }
  }

  async #record(claim: Claim, step: Step, recording: Recording): Promise<Handed | null> {
    const last = this.#working.size === 0 && this.#givingUp === null;
    const then = this.#mayStart() ? { take: this.#reserve() } : last ? 'release' : { take: 0 };
    const recorded: Recorded | null = await this.deps.store.record(claim, step.position, recording, then);
    if (recorded === null) return null;
    this.#unwritten.delete(step.position);
    this.#released = then === 'release' || recorded.run.status === 'done';
    this.run = { ...this.run, ...recorded.run };
    return recorded.handed;
  }

  async #fail(claim: Claim, failed: Failed): Promise<Handed | null> {
    const { step, stats, thrown } = failed;
    if (thrown instanceof Cancelled) return null;
    if (thrown instanceof NotYet) return this.#postpone(claim, step, { waitMs: thrown.waitMs, failure: null, stats });
    if (thrown instanceof ShuttingDown) return this.#postpone(claim, step, { waitMs: null, failure: null, stats });
    // Nor is it the step's fault when the store could not answer it.
    if (isAway(thrown)) {
      return this.#postpone(claim, step, { waitMs: STORE_AWAY_MS, failure: null, stats });
    }
    const failure = failureOf(thrown);
    if (step.attempts < MAX_ATTEMPTS && !(thrown instanceof StepError && !thrown.retry)) {
      const waitMs = backoffMs(step.attempts, this.deps.random);
      return this.#postpone(claim, step, { waitMs, failure, stats });
    }
    if (this.job.onFailure === 'continue') {
      return this.#record(claim, step, { status: 'failed', failure, stats });
    }
    // A run stops at one step. Another has its last attempt again when the run goes on.
    if (this.#givingUp !== null) return this.#postpone(claim, step, { waitMs: null, failure: null, stats });
    this.#givingUp = failed;
    return NOTHING;
  }

  /** Ends the claim, and with it what is still at work: so it waits until nothing is. */
  async #giveUp(claim: Claim, { step, stats, thrown }: Failed): Promise<Handed | null> {
    this.#givingUp = null;
    const run = await this.deps.store.giveUp(claim, step.position, failureOf(thrown), stats);
    if (run === null) return null;
    this.run = { ...this.run, ...run };
    return NOTHING;
  }

  /** Only a failed attempt goes to the end of the line, and only where the order does not matter. */
  async #postpone(claim: Claim, step: Step, why: Omit<Postponement, 'toEnd'>): Promise<Handed | null> {
    const toEnd = why.failure !== null && this.job.onFailure === 'continue';
    const kept = await this.deps.store.postpone(claim, step.position, { ...why, toEnd });
    this.#unwritten.delete(step.position);
    return kept ? this.deps.store.take(claim, this.#mayStart() ? this.#reserve() : 0) : null;
  }

  /** A slice that records now has something to show, so that only its pace counts. */
  #mayStart(): boolean {
    const { clock, budget } = this.deps;
    if (this.#stop.signal.aborted || this.#givingUp !== null) return false;
    return clock.monotonic() - this.#startedAt < budget.paceMs;
  }

  get #free(): number {
    return this.#givingUp === null ? this.job.concurrency - this.#working.size : 0;
  }

  /** How many steps may be taken, their places held: the run's free lanes, as far as there is room. */
  #reserve(): number {
    const held = this.#places - this.#working.size;
    if (this.#free > held) this.#places += this.deps.room.take(this.#free - held);
    return Math.min(this.#free, this.#places - this.#working.size);
  }

  #giveBackSpare(): void {
    this.deps.room.giveBack(this.#places - this.#working.size);
    this.#places = this.#working.size;
  }

  #lose(): SliceEnd {
    this.abort(new Cancelled());
    return 'lost';
  }
}

function isAway(error: unknown): boolean {
  return error instanceof TobiishiError && error.code === 'store-away';
}

function badOutcome(cause: unknown): StepError {
  const message = `what the step returned cannot be kept: ${failureOf(cause).message}`;
  return new StepError('bad-outcome', message, { retry: false, cause });
}

const nothing = () => null;
const NOTHING: Handed = { steps: [], waitMs: null };
