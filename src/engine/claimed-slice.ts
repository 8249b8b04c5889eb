import type { Budget } from '../core/budget.js';
import type { Claim, Claimed, Postponement, Recorded, Recording } from '../core/claim.js';
import { type Clock, OVER } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { errorDetails, type Failure, failureOf, isTobiishiError } from '../core/errors.js';
import { breaks, type Turns } from '../core/event-loop.js';
import type { Owner } from '../core/fair-shares.js';
import type { FileStore } from '../core/files.js';
import { Interruption } from '../core/interruption.js';
import type { Job } from '../core/job.js';
import { isJobError } from '../core/job-error.js';
import { type Handed, NOTHING_HANDED } from '../core/lanes.js';
import type { Memory } from '../core/memory.js';
import type { StepFailed } from '../core/observer.js';
import { afterThrow } from '../core/retry.js';
import { type Run, type RunReason, type RunState, withInput } from '../core/run.js';
import {
  addPlanned,
  claimRun,
  failRun,
  giveUpStep,
  postponeStep,
  recordStep,
  releaseClaim,
  takeSteps,
} from '../core/run-changes.js';
import type { SecretBox } from '../core/secrets.js';
import type { NewStep, Step } from '../core/step.js';
import type { Store } from '../core/store.js';
import { Aborter } from './aborter.js';
import type { HostWatch } from './host-watch.js';
import { keepLease, LEASE_MS } from './lease.js';
import type { LongPlans } from './long-plans.js';
import { badOutcome } from './outcome.js';
import { limitedOutcome } from './outcome-limits.js';
import { Pace } from './pace.js';
import type { PendingReleases } from './pending-releases.js';
import { PLANNED_AT_ONCE } from './plan.js';
import type { Probation } from './probation.js';
import type { RunEvents } from './run-events.js';
import type { RunWatcher } from './run-watcher.js';
import type { SealedInputs } from './sealed-inputs.js';
import type { RunSlots } from './slots.js';
import type { StorageGuard } from './storage-guard.js';
import type { Deaths } from './takeover.js';
import { type AtWork, type Finished, WorkingSteps } from './working-steps.js';

export interface SliceDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly random: () => number;
  readonly secretBox: SecretBox;
  readonly files: FileStore | null;
  readonly inputs: SealedInputs;
  /** On whose behalf it is executed. */
  readonly owner: Owner;
  readonly hosts: HostWatch;
  /** Null where nothing is watched. */
  readonly watcher: Pick<RunWatcher, 'see'> | null;
  readonly memory: Memory;
  readonly plans: LongPlans;
  /** A run of which more is kept stops. */
  readonly maxRunBytes: number;
  readonly guard: Pick<StorageGuard, 'isDue' | 'reasonToStop'>;
  readonly pendingReleases: PendingReleases;
  /** Has a free one when the slice begins. */
  readonly slots: RunSlots;
  readonly events: RunEvents;
  /** Positions of steps of the run that may have ended their process: each is executed alone. */
  readonly suspects: Set<number>;
  readonly deaths: Deaths;
  readonly probation: Probation;
  /** Of those whose step has waited for something. */
  readonly turns: Turns;
}

/** A step that took longer has waited for something, and others may have waited for the same moment. */
const QUICK_MS = 50;

/**
 * Why a slice ended:
 * - `pace`: it ran long enough, was asked to stop, or found no slot to go on after a wait
 * - `wait`: nothing may start for a while
 * - `status`: the run is no longer `running`, or has nothing left
 * - `busy`: another holder has the claim
 * - `lost`: the claim was lost on the way
 */
export type SliceEnd = 'pace' | 'wait' | 'status' | 'busy' | 'lost';

type Threw = Extract<Finished, { status: 'threw' }>;

/** Of a claim whose holder died: the positions of steps that did not end its process. */
interface Takeover {
  readonly acquitted: readonly number[];
}

/** What one request executes: the run's next steps under one claim, until the budget ends. */
export class ClaimedSlice {
  readonly fromSeq: number;
  /** Resolves when nothing of this slice is at work any more and its claim is free. Rejects when the store fails. */
  readonly ended: Promise<SliceEnd>;
  /** As of the last recorded step. */
  run: Run;

  /**
   * Called in the transaction that records the step after which the slice ends, where the store can do that: what those who
   * asked have to write besides is then written with it.
   */
  readonly alongside = new Set<(run: RunState) => void>();

  readonly #working: WorkingSteps;
  /** As of the beginning. */
  readonly #leaseUntil: number | null;
  /** Positions of the steps handed out that are neither recorded nor put back. */
  readonly #unwritten = new Set<number>();
  readonly #pace: Pace;
  readonly #stop = new Aborter();
  #released = false;
  /** The step that ends the run as `failed` once those at work beside it are recorded. */
  #givingUp: Threw | null = null;
  #overQuota: RunReason | null = null;

  constructor(
    run: Run,
    private readonly job: Job,
    private readonly deps: SliceDeps,
  ) {
    this.run = run;
    this.fromSeq = run.seq;
    this.#leaseUntil = run.leaseUntil;
    this.#working = new WorkingSteps(job, deps);
    this.#pace = new Pace(deps.clock, deps.budget);
    this.ended = this.#execute();
  }

  /** Whether its last recording released the claim, too: `run` is then as it was left. */
  get endedRecording(): boolean {
    return this.#released;
  }

  get atWork(): AtWork | null {
    return this.#working.longest;
  }

  /** Starts no further step. */
  stop(): void {
    this.#stop.abort(OVER);
  }

  /** Starts no further step, and aborts those at work. */
  abort(reason: Interruption): void {
    this.stop();
    this.#working.abort(reason);
  }

  async #execute(): Promise<SliceEnd> {
    let claim: Claimed | null = null;
    let stopRenewing: (() => Promise<void> | null) | null = null;
    try {
      await this.deps.pendingReleases.of(this.run.id);
      const { id, seq } = this.run;
      const isTakeover = this.#leaseUntil !== null;
      const acquitted = isTakeover ? await this.deps.deaths.judge(this.run) : [];
      if (!isTakeover) await this.#waitForProbation();
      const count = isTakeover ? 0 : this.#reserve();
      claim = await this.deps.store.change(claimRun(id, seq, LEASE_MS, count));
      if (claim === null) return 'busy';
      stopRenewing = keepLease(claim, this.deps, () => this.abort(new Interruption('cancelled')));
      return await this.#loop(claim, isTakeover ? { acquitted } : null);
    } catch (error) {
      if (claim !== null) {
        this.abort(new Interruption('cancelled'));
        this.deps.pendingReleases.add(claim, isTobiishiError(error, 'store-unavailable') ? [...this.#unwritten] : []);
      }
      throw error;
    } finally {
      try {
        await stopRenewing?.();
      } finally {
        this.deps.probation.leave(this.run.id);
        this.#working.releaseAllSlots();
      }
    }
  }

  async #loop(claim: Claimed, takeover: Takeover | null): Promise<SliceEnd> {
    const { clock, guard } = this.deps;
    const breakDue = breaks(clock);
    let handed: Handed | null = takeover === null ? claim.handed : await this.#takeOver(claim, takeover);
    while (handed !== null) {
      // Hundreds of quick steps can follow each other without ever waiting for anything.
      await breakDue();
      if (guard.isDue(this.run)) this.#overQuota = await guard.reasonToStop(this.run);
      for (const step of handed.steps) this.#begin(step);
      this.#working.releaseSpareSlots();
      if (this.#isPlanShort) handed = await this.#planOn(claim);
      else if (this.#working.size > 0) handed = await this.#settleNext(claim, handed.waitMs);
      else if (this.#givingUp !== null) handed = await this.#giveUp(claim, this.#givingUp);
      else if (this.#full !== null) handed = await this.#stopFailed(this.#full);
      else {
        const end = this.#reasonToEnd(handed.waitMs);
        if (end !== null || handed.waitMs === null) {
          if (!this.#released) await this.deps.store.change(releaseClaim(claim));
          return end ?? 'status';
        }
        handed = await this.#takeAfter(claim, handed.waitMs);
      }
    }
    this.abort(new Interruption('cancelled'));
    this.deps.events.notify('claimLost', { run: this.run });
    return 'lost';
  }

  async #takeOver(claim: Claim, { acquitted }: Takeover): Promise<Handed | null> {
    const { store, suspects, deaths } = this.deps;
    for (const position of await deaths.takeOver(claim, acquitted)) suspects.add(position);
    await this.#waitForProbation();
    return this.#stop.aborted ? NOTHING_HANDED : store.change(takeSteps(claim, this.#reserve()));
  }

  async #waitForProbation(): Promise<void> {
    const { suspects, probation } = this.deps;
    if (suspects.size === 0) return;
    await probation.enter(this.run.id, this.#stop.signal, () => {
      for (const position of this.#unwritten) this.#clear(position);
    });
  }

  /** It did not end its process. */
  #clear(position: number): void {
    if (!this.deps.suspects.delete(position)) return;
    this.deps.deaths.clear(this.run.id, position).catch((error: unknown) => {
      this.deps.events.notify('fault', { runId: this.run.id, during: 'slice', error });
    });
    if (this.deps.suspects.size === 0) this.deps.probation.leave(this.run.id);
  }

  #isNow(state: RunState): void {
    this.run = withInput(state, this.run.input);
  }

  #begin(step: Step): void {
    this.#unwritten.add(step.position);
    this.#working.begin(step, this.run.input);
  }

  /** Asked after each step: why no other is to be started; null to go on, after waiting for `waitMs`, if any. */
  #reasonToEnd(waitMs: number | null): SliceEnd | null {
    if (this.run.status !== 'running') return 'status';
    const hasRecorded = this.run.seq > this.fromSeq;
    if (this.#stop.aborted || (hasRecorded && this.#pace.isOver)) return 'pace';
    return waitMs === null || this.#pace.allowsWait(waitMs, hasRecorded) ? null : 'wait';
  }

  /** With nothing at work, waits until a step is due. */
  async #takeAfter(claim: Claim, waitMs: number): Promise<Handed | null> {
    const { clock, slots, store } = this.deps;
    await clock.sleep(waitMs, this.#stop).catch(() => {});
    if (slots.isFull) this.stop();
    return this.#stop.aborted ? NOTHING_HANDED : store.change(takeSteps(claim, this.#reserve()));
  }

  /** Waits for a step to finish, or for a free slot and a step that became due, and writes what came of it. */
  async #settleNext(claim: Claim, waitMs: number | null): Promise<Handed | null> {
    const { clock, slots, store, turns } = this.deps;
    const mayTake = waitMs !== null && this.#free > 0 && !slots.isFull && this.#reasonToEnd(waitMs) === null;
    const finished = await within(clock, mayTake ? waitMs : Infinity, this.#working.next());
    if (finished === null) return store.change(takeSteps(claim, this.#stop.aborted ? 0 : this.#reserve()));
    // Else what comes of a thousand steps would be written before anybody is let in who asks for the next one: they would ask
    // together, and come back together, for ever.
    if (finished.tookMs > QUICK_MS) await turns.take();
    this.#working.end(finished.step);
    if (!isInterrupted(finished)) this.#clear(finished.step.position);
    if (finished.status === 'threw') return this.#settleThrown(claim, finished);
    const outcome = limitedOutcome(finished.outcome, finished.stats);
    const items = await this.#unplanned(finished.items);
    return this.#record(claim, finished, { ...finished, outcome, items });
  }

  async #unplanned(found: readonly NewStep[]): Promise<readonly NewStep[]> {
    if (this.run.planned === null || found.length === 0) return found;
    const input = this.deps.inputs.open(this.job, this.run.input);
    return this.deps.plans.unplanned(this.job, input, this.run, found);
  }

  /** Few of the steps wait that its plan has added, and it has more. */
  get #isPlanShort(): boolean {
    const { planned, total, seq, status } = this.run;
    if (planned === null || status !== 'running' || !this.#mayStart) return false;
    return total - planned.steps - seq < PLANNED_AT_ONCE;
  }

  async #planOn(claim: Claim): Promise<Handed | null> {
    const { plans, inputs, store, events } = this.deps;
    const { planned } = this.run;
    if (planned === null) return NOTHING_HANDED;
    try {
      const next = await plans.next(this.job, inputs.open(this.job, this.run.input), { ...this.run, planned });
      const run = await store.change(addPlanned(claim, next));
      if (run === null) return null;
      this.#isNow(run);
    } catch (error) {
      // Whatever else there is may pass: it is asked for again.
      if (!isJobError(error)) throw error;
      events.notify('fault', { runId: this.run.id, during: 'plan', error });
      return this.#stopFailed('plan-changed');
    }
    if (this.run.status === 'done') events.ended(this.run);
    return store.change(takeSteps(claim, this.#reserve()));
  }

  /** Ends the claim, and with it what is still at work. */
  async #stopFailed(reason: RunReason): Promise<Handed | null> {
    const run = await this.deps.store.change(failRun(this.run.id, reason));
    if (run === null) return null;
    this.abort(new Interruption('cancelled'));
    this.#isNow(run);
    this.deps.events.ended(this.run);
    return this.#working.size === 0 ? NOTHING_HANDED : null;
  }

  async #settleThrown(claim: Claim, threw: Threw): Promise<Handed | null> {
    const { step, stats, thrown } = threw;
    const after = afterThrow(thrown, {
      attempt: step.attempts,
      onFailure: this.job.onFailure,
      keepsPlace: this.job.keepsPlace(step.item),
      isGivingUp: this.#givingUp !== null,
      random: this.deps.random,
    });
    switch (after.action) {
      case 'discard':
        return null;
      case 'postpone': {
        const handed = await this.#postpone(claim, step, {
          ...after,
          error: after.failure && errorDetails(thrown),
          stats,
        });
        if (after.failure !== null && handed !== null) this.#tellFailed(threw, after.failure, 'retry');
        return handed;
      }
      case 'record':
        return this.#record(claim, threw, {
          status: 'failed',
          failure: after.failure,
          error: errorDetails(thrown),
          rows: limitedOutcome({ rows: this.job.rowsOfFailed(step.item) }, stats).rows ?? [],
          stats,
        });
      case 'give-up':
        this.#givingUp = threw;
        return NOTHING_HANDED;
    }
  }

  async #record(claim: Claim, finished: Finished, recording: Recording): Promise<Handed | null> {
    const { step, stats, tookMs } = finished;
    const isLast = this.#working.size === 0 && this.#givingUp === null;
    const then = this.#mayStart ? { take: this.#reserve() } : isLast ? 'release' : { take: 0 };
    let recorded: Recorded | null;
    try {
      const also = then === 'release' ? this.#writeAlongside : undefined;
      recorded = await this.deps.store.change(recordStep(claim, step.position, recording, then), also);
    } catch (error) {
      // What a store cannot keep is the step's fault, unless the store itself is: rows that are no rows, no JSON.
      if (isTobiishiError(error) || finished.status === 'threw') throw error;
      const thrown = badOutcome(failureOf(error).message, error);
      return this.#settleThrown(claim, { status: 'threw', step, stats, tookMs, thrown });
    }
    if (recorded === null) return null;
    this.#unwritten.delete(step.position);
    this.#released = then === 'release' || recorded.run.status === 'done';
    this.#isNow(recorded.run);
    this.deps.events.notify('stepRecorded', { run: this.run, step, status: recording.status, tookMs });
    if (finished.status === 'threw') this.#tellFailed(finished, failureOf(finished.thrown), 'record');
    if (this.run.status === 'done') this.deps.events.ended(this.run);
    return recorded.handed;
  }

  readonly #writeAlongside = ({ run }: Recorded): void => {
    for (const write of this.alongside) write(run);
  };

  async #postpone(claim: Claim, step: Step, postponement: Postponement): Promise<Handed | null> {
    const isKept = await this.deps.store.change(postponeStep(claim, step.position, postponement));
    this.#unwritten.delete(step.position);
    return isKept ? this.deps.store.change(takeSteps(claim, this.#mayStart ? this.#reserve() : 0)) : null;
  }

  /** Ends the claim, and with it what is still at work: so it waits until nothing is. */
  async #giveUp(claim: Claim, threw: Threw): Promise<Handed | null> {
    this.#givingUp = null;
    const { step, stats, thrown } = threw;
    const failure = failureOf(thrown);
    const attempt = { failure, error: errorDetails(thrown), stats };
    const run = await this.deps.store.change(giveUpStep(claim, step.position, attempt));
    if (run === null) return null;
    this.#isNow(run);
    this.#tellFailed(threw, failure, 'give-up');
    this.deps.events.ended(this.run);
    return NOTHING_HANDED;
  }

  #tellFailed({ step, thrown }: Threw, failure: Failure, next: StepFailed['next']): void {
    this.deps.events.notify('stepFailed', { run: this.run, step, failure, thrown, next });
  }

  /** A slice that records now has something to show, so that only its pace counts. */
  get #mayStart(): boolean {
    return !this.#stop.aborted && this.#givingUp === null && this.#full === null && !this.#pace.isOver;
  }

  /** Why nothing more may be kept of the run. */
  get #full(): RunReason | null {
    if (this.run.status !== 'running') return null;
    return this.run.bytes > this.deps.maxRunBytes ? 'too-large' : this.#overQuota;
  }

  get #free(): number {
    if (this.#givingUp !== null || this.#full !== null) return 0;
    const most = this.deps.suspects.size > 0 ? 1 : this.job.concurrency;
    return Math.max(0, most - this.#working.size);
  }

  /** How many steps may be taken now. */
  #reserve(): number {
    return this.#working.reserve(this.#free);
  }
}

/** It did not end its process, but nor was it executed to its end. */
function isInterrupted(finished: Finished): boolean {
  return finished.status === 'threw' && finished.thrown instanceof Interruption;
}
