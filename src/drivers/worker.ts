import { isTobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Notify } from '../core/observer.js';
import type { Store } from '../core/store.js';
import type { Progress } from '../engine/progress.js';
import { type DriveDeps, drive } from './drive.js';
import type { RunQueue } from './run-queue.js';

export interface WorkerDeps extends DriveDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly store: Pick<Store, 'findRun' | 'listIdleRuns'>;
  readonly queue: Pick<RunQueue, 'send' | 'work'>;
  readonly notify: Notify;
}

/** Runs driven at once. Steps at work are bounded besides, by the slots that all runs of this process share. */
const MOST_RUNS = 8;
/** After this a run goes to the end of the queue. */
const TURN_MS = 30_000;
/** A run whose next step is further away goes back into the queue until then. */
const LONG_WAIT_MS = 2000;
/** A wait is looked at again after this, as its reason may be gone. */
const LONGEST_WAIT_MS = 60_000;
const BUSY_MS = 1000;
/** A run that this process cannot execute is left to one that can. */
const NOT_OURS_MS = 10_000;
/** Runs that nobody has at work, and whose job got lost: their page is closed, or they were started without a queue. */
const IDLE_MS = 5000;
const LOOK_EVERY_MS = 5000;
const LOOK_AT_ONCE = 100;

/** Executes runs as the queue says. Any number of processes may do so, and pages beside them. */
export class Worker {
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;

  private constructor(private readonly deps: WorkerDeps) {
    this.#looking = this.#look();
  }

  static async start(deps: WorkerDeps): Promise<Worker> {
    const worker = new Worker(deps);
    await deps.queue.work(MOST_RUNS, (runId) => worker.#drive(runId));
    return worker;
  }

  /** Begins nothing more. What is at work is handed over once it is recorded, which stopping the queue waits for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, store, queue, notify } = this.deps;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return;
      try {
        for (const { id } of await store.listIdleRuns(IDLE_MS, [], LOOK_AT_ONCE)) await queue.send(id);
      } catch (error) {
        notify('fault', { runId: null, during: 'queue', error });
      }
    }
  }

  /** Drives the run for its turn. Answers after how long it wants to go on; null when it does not run any more. */
  async #drive(runId: string): Promise<number | null> {
    try {
      return this.#stop.signal.aborted ? 0 : await this.#driveForTurn(runId);
    } catch (error) {
      this.deps.notify('fault', { runId, during: 'queue', error });
      return NOT_OURS_MS;
    }
  }

  async #driveForTurn(runId: string): Promise<number | null> {
    const { clock, store, jobs } = this.deps;
    const run = await store.findRun(runId);
    if (run?.status !== 'running') return null;
    if (jobs.get(run.job)?.version !== run.version) return NOT_OURS_MS;
    const turn = new AbortController();
    const until = clock.monotonic() + TURN_MS;
    let againMs = 0;
    const makeWay = (afterMs: number) => {
      againMs = Math.min(afterMs, LONGEST_WAIT_MS);
      turn.abort();
    };
    const onProgress = ({ workingMs, waitMs }: Progress) => {
      if (workingMs === null && waitMs >= LONG_WAIT_MS) makeWay(waitMs);
      else if (clock.monotonic() >= until) makeWay(0);
    };
    const onTrouble = (error: unknown) => {
      if (isTobiishiError(error, 'too-busy')) makeWay(BUSY_MS);
    };
    const signal = AbortSignal.any([turn.signal, this.#stop.signal]);
    const after = await drive(runId, this.deps, { signal, onProgress, onTrouble });
    return after?.status === 'running' ? againMs : null;
  }
}
