import type { Clock } from '../core/clock.js';
import type { Owner } from '../core/fair-shares.js';
import type { FileStore } from '../core/files.js';
import type { Interruption } from '../core/interruption.js';
import type { Job } from '../core/job.js';
import type { Memory } from '../core/memory.js';
import type { Input } from '../core/run.js';
import type { SecretBox } from '../core/secrets.js';
import type { Step } from '../core/step.js';
import type { Store } from '../core/store.js';
import { Aborter } from './aborter.js';
import { type Executed, execute, type Waiting } from './execute.js';
import type { HostWatch } from './host-watch.js';
import { RestingClock } from './resting-clock.js';
import type { RunWatcher } from './run-watcher.js';
import type { SealedInputs } from './sealed-inputs.js';
import type { RunSlots } from './slots.js';

/** How an attempt ended. */
export type Finished = {
  readonly step: Step;
  readonly stats: Record<string, number>;
  readonly tookMs: number;
} & (({ readonly status: 'done' } & Executed) | { readonly status: 'threw'; readonly thrown: unknown });

interface Attempt {
  readonly step: Step;
  /** As the job says it, whichever of its sides the step is on. */
  readonly lane: string;
  readonly since: number;
  readonly waiting: Waiting;
  readonly abort: Aborter;
  readonly clock: RestingClock;
  readonly finished: Promise<Finished>;
}

/** What a page says of a step at work. */
export interface AtWork {
  readonly step: Step;
  readonly workingMs: number;
  readonly waitMs: number;
  readonly waitsFor: string;
}

interface Deps {
  readonly store: Store;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly files: FileStore | null;
  readonly maxRunBytes: number;
  readonly inputs: SealedInputs;
  readonly owner: Owner;
  readonly hosts: HostWatch;
  readonly watcher: Pick<RunWatcher, 'see'> | null;
  readonly memory: Memory;
  /** Has a free one when the slice begins. */
  readonly slots: RunSlots;
}

/** The steps of one slice that are at work, and the slots that they hold; one that only sleeps has lent its slot to others. */
export class WorkingSteps {
  readonly #attempts = new Map<number, Attempt>();
  /** One for each step at work, and one to begin with: a slice that has begun can go on. */
  #slots: number;

  constructor(
    private readonly job: Job,
    private readonly deps: Deps,
  ) {
    this.#slots = deps.slots.acquire(1);
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** The step that has been at work longest; one that waits for a turn only when all do. */
  get longest(): AtWork | null {
    const now = this.deps.clock.monotonic();
    const all = [...this.#attempts.values()].map(({ step, since, waiting: { key, until } }) => {
      return { step, workingMs: now - since, waitMs: Math.max(0, until - now), waitsFor: key };
    });
    return all.find(({ waitMs }) => waitMs === 0) ?? all[0] ?? null;
  }

  begin(step: Step, input: Input): void {
    const abort = new Aborter();
    const { store, secretBox, files, maxRunBytes, memory, inputs, owner, hosts, watcher, slots } = this.deps;
    const rest = { begun: () => slots.release(1), ended: () => slots.reclaim() };
    const clock = new RestingClock(this.deps.clock, rest, abort);
    const since = clock.monotonic();
    const stats = {};
    const waiting = { key: '', until: 0 };
    const finished = execute(this.job, input, step, {
      clock,
      store,
      secretBox,
      files,
      maxRunBytes,
      memory,
      inputs,
      owner,
      hosts,
      watcher,
      abort,
      stats,
      waiting,
    }).then(
      (executed): Finished => ({ status: 'done', step, stats, tookMs: clock.monotonic() - since, ...executed }),
      (thrown: unknown): Finished => ({ status: 'threw', step, stats, tookMs: clock.monotonic() - since, thrown }),
    );
    const lane = this.job.lane(step.item, input);
    this.#attempts.set(step.position, { step, lane, since, waiting, abort, clock, finished });
  }

  /** The next to finish, of those of a lane the first one; at work until `end` is called. */
  next(): Promise<Finished> {
    const [only] = this.#attempts.values();
    if (only !== undefined && this.size === 1) return only.finished;
    const firsts = new Map<string, Attempt>();
    for (const attempt of this.#attempts.values()) {
      const first = firsts.get(attempt.lane);
      if (first === undefined || attempt.step.position < first.step.position) firsts.set(attempt.lane, attempt);
    }
    return Promise.race([...firsts.values()].map(({ finished }) => finished));
  }

  end({ position }: Step): void {
    this.#attempts.get(position)?.clock.close();
    this.#attempts.delete(position);
  }

  abort(reason: Interruption): void {
    for (const { abort } of this.#attempts.values()) abort.abort(reason);
  }

  /** How many of `wanted` more steps may begin: their slots are held, as far as there are any. */
  reserve(wanted: number): number {
    const spare = this.#slots - this.size;
    if (wanted > spare) this.#slots += this.deps.slots.acquire(wanted - spare);
    return Math.min(wanted, this.#slots - this.size);
  }

  releaseSpareSlots(): void {
    this.deps.slots.release(this.#slots - this.size);
    this.#slots = this.size;
  }

  /** A step that ignores that it was aborted loses its slot, too: it may never end. */
  releaseAllSlots(): void {
    for (const { clock } of this.#attempts.values()) clock.close();
    this.deps.slots.release(this.#slots);
    this.#slots = 0;
  }
}
