import { isTobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Notify } from '../core/observer.js';
import type { RunState } from '../core/run.js';
import type { Store } from '../core/store.js';
import type { Progress } from '../engine/progress.js';
import { type DriveDeps, drive } from './drive.js';

export interface BackgroundDeps extends DriveDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly store: Pick<Store, 'findRun' | 'listIdleRuns'>;
  readonly notify: Notify;
}

/** A run whose page is there asks more often than this, unless nothing may start. */
const IDLE_MS = 5000;
const LOOK_EVERY_MS = 1000;
/** While the store cannot be reached. */
const LOOK_AGAIN_MS = 10_000;
/** Runs driven at once. Steps at work are bounded besides, by the slots that all runs of this process share. */
const MOST_RUNS = 8;
/** Runs to choose from. */
const CANDIDATES = 100;
/** After this a run makes way, when others wait. */
const TURN_MS = 10_000;
/** A run whose next step is further away holds up no other: it is driven again when the time has come. */
const LONG_WAIT_MS = 5000;
/** Until a run is looked at again whose job this process does not have, or which another process works on. */
const NOT_OURS_MS = 60_000;

/**
 * Goes on with running runs that nobody asks for: their page is closed, or the server was started anew. A few at a time, and
 * each visitor's in turn. A page that comes back joins in.
 */
export class Background {
  readonly #driven = new Map<string, { readonly visitorId: string; readonly ended: Promise<void> }>();
  /** Not to be driven before these times of the monotonic clock. */
  readonly #notBefore = new Map<string, number>();
  readonly #stop = new AbortController();
  #othersWait = false;
  readonly #ended: Promise<void>;

  constructor(private readonly deps: BackgroundDeps) {
    this.#ended = this.#look();
  }

  /** Begins nothing more; resolves when the steps at work are recorded. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    await Promise.all([...this.#driven.values()].map(({ ended }) => ended));
  }

  async #look(): Promise<void> {
    const { clock, notify } = this.deps;
    while (!this.#stop.signal.aborted) {
      let waitMs = LOOK_EVERY_MS;
      try {
        await this.#takeUp();
      } catch (error) {
        notify('fault', { runId: null, during: 'background', error });
        waitMs = LOOK_AGAIN_MS;
      }
      await clock.sleep(waitMs, this.#stop.signal).catch(() => {});
    }
  }

  async #takeUp(): Promise<void> {
    const { clock, store } = this.deps;
    const now = clock.monotonic();
    for (const [id, until] of this.#notBefore) if (until <= now) this.#notBefore.delete(id);
    const idle = await store.listIdleRuns(IDLE_MS, [...this.#driven.keys(), ...this.#notBefore.keys()], CANDIDATES);
    const ours = idle.filter((run) => this.#isOurs(run));
    const free = MOST_RUNS - this.#driven.size;
    const driven = [...this.#driven.values()].map(({ visitorId }) => visitorId);
    for (const run of fairly(ours, driven).slice(0, free)) this.#drive(run);
    this.#othersWait = ours.length > free;
  }

  /** A run of another job or version is left to a process that knows it. */
  #isOurs({ id, job, version }: RunState): boolean {
    const isOurs = this.deps.jobs.get(job)?.version === version;
    if (!isOurs) this.#postpone(id, NOT_OURS_MS);
    return isOurs;
  }

  #drive({ id, visitorId }: RunState): void {
    const turn = new AbortController();
    const ended = this.#driveUntil(id, turn).finally(() => this.#driven.delete(id));
    this.#driven.set(id, { visitorId, ended });
  }

  async #driveUntil(id: string, turn: AbortController): Promise<void> {
    const { clock, notify } = this.deps;
    const startedAt = clock.monotonic();
    let seq = -1;
    const makeWay = (notBeforeMs: number) => {
      this.#postpone(id, notBeforeMs);
      turn.abort();
    };
    const onProgress = ({ run, workingMs, waitMs }: Progress) => {
      if (workingMs === null && waitMs >= LONG_WAIT_MS) makeWay(waitMs);
      else if (workingMs === null && waitMs === 0 && run.seq === seq) makeWay(NOT_OURS_MS);
      else if (this.#othersWait && clock.monotonic() - startedAt >= TURN_MS) turn.abort();
      seq = run.seq;
    };
    const onTrouble = (error: unknown) => {
      if (isTobiishiError(error, 'too-busy')) makeWay(LOOK_EVERY_MS);
    };
    try {
      await drive(id, this.deps, { signal: AbortSignal.any([turn.signal, this.#stop.signal]), onProgress, onTrouble });
    } catch (error) {
      notify('fault', { runId: id, during: 'background', error });
      this.#postpone(id, NOT_OURS_MS);
    }
  }

  #postpone(id: string, ms: number): void {
    this.#notBefore.set(id, this.deps.clock.monotonic() + ms);
  }
}

/** Each visitor's first run, then each one's second and so on; `driven`: whose runs are driven already. */
export function fairly<R extends Pick<RunState, 'visitorId'>>(runs: readonly R[], driven: readonly string[]): R[] {
  const counts = new Map<string, number>();
  const count = (visitorId: string) => {
    const before = counts.get(visitorId) ?? 0;
    counts.set(visitorId, before + 1);
    return before;
  };
  driven.forEach(count);
  return runs
    .map((run) => ({ run, place: count(run.visitorId) }))
    .sort((a, b) => a.place - b.place)
    .map(({ run }) => run);
}
