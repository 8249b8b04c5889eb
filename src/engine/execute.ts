import type { Clock } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import type { Job, StepContext } from '../core/job.js';
import { MAX_ATTEMPTS } from '../core/retry.js';
import type { Input } from '../core/run.js';
import type { Outcome, Step } from '../core/step.js';
import type { Store } from '../core/store.js';

/** The run was cancelled or its claim lost: whatever the step does is thrown away. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** The server stops before the step could finish: its attempt does not count. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** The host that the step wants to ask may not be asked yet: its attempt does not count. */
export class NotYet extends Error {
  override readonly name = 'NotYet';

  constructor(readonly waitMs: number) {
    super('not before its turn');
  }
}

/** The turn that a step at work waits for: `until` then by the monotonic clock, in the past when it waits for none. */
export interface Waiting {
  host: string;
  until: number;
}

interface ExecuteDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly abort: AbortController;
  /** What the attempt counted, filled while it works. */
  readonly stats: Record<string, number>;
  /** Kept up to date while it works. */
  readonly waiting: Waiting;
}

/**
 * Executes a step once, aborting it after the job's `stepTimeoutMs`. Rejects with what the step threw, or with the
 * reason it was aborted for; a step that ignores its signal is left behind, and what it still does is thrown away.
 */
export async function execute(job: Job, input: Input, step: Step, deps: ExecuteDeps): Promise<Outcome> {
  const { store, clock, abort } = deps;
  if (step.attempts > MAX_ATTEMPTS) {
    const message = `the server died ${MAX_ATTEMPTS} times while this step was at work`;
    throw new StepError('killed', message, { params: { attempts: MAX_ATTEMPTS }, retry: false });
  }
  const turns = new Turns(store, clock, abort.signal, deps.waiting);
  const context: StepContext = {
    input,
    signal: abort.signal,
    clock,
    idempotencyKey: `${step.runId}:${step.position}`,
    attempt: step.attempts,
    turn: (host, delayMs) => turns.take(host, delayMs),
    started: (host) => turns.started(host),
    park: (host, forMs) => store.parkHost(host, forMs),
    shared: sharedIn(store),
    count: (name, by = 1) => {
      deps.stats[name] = (deps.stats[name] ?? 0) + by;
    },
  };
  const cancel = clock.after(job.stepTimeoutMs, () => {
    const seconds = job.stepTimeoutMs / 1000;
    abort.abort(new StepError('step-timeout', `not finished after ${seconds} s`, { params: { seconds } }));
  });
  try {
    return checked(await Promise.race([begin(job, step, context), aborted(abort.signal)]));
  } catch (error) {
    throw turns.refused ?? error;
  } finally {
    cancel();
  }
}

export function sharedIn(store: Store): StepContext['shared'] {
  return async (key, ttlMs, make) => {
    const kept = await store.findShared(key);
    if (kept !== null) return kept;
    const text = await make();
    await store.saveShared(key, text, typeof ttlMs === 'number' ? ttlMs : ttlMs(text));
    return text;
  };
}

/** Async, so that a step that throws before its first await rejects like any other. */
async function begin(job: Job, step: Step, context: StepContext): Promise<Outcome> {
  return job.step(step.item, context);
}

/** The signal is this attempt's alone, so that nothing has to stop listening to it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function checked(outcome: Outcome): Outcome {
  if (typeof outcome === 'object' && outcome !== null) return outcome;
  throw new StepError('bad-outcome', 'the step returned no object: return {} when there is nothing to add', {
    retry: false,
  });
}

/** What no host can notice between a turn and the request it is for. */
const ON_TIME_MS = 1;

/** Turns asked for by one step. */
class Turns {
  /** Set when the first turn was refused; kept even if the step swallows the error. */
  refused: NotYet | null = null;
  #begun = false;
  /** When the last granted turn of each host was asked for, so not later than it was granted. */
  readonly #askedAt = new Map<string, number>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly waiting: Waiting,
  ) {}

  async take(host: string, delayMs: number): Promise<void> {
    for (;;) {
      this.signal.throwIfAborted();
      const askedAt = this.clock.monotonic();
      const turn = await this.store.takeTurn(host, delayMs);
      if (turn.granted) {
        this.#begun = true;
        this.#askedAt.set(host, askedAt);
        return;
      }
      // Before the step has done anything the engine waits in its place, where nothing is held and a kill costs nothing.
      if (!this.#begun) {
        this.refused = new NotYet(turn.waitMs);
        throw this.refused;
      }
      Object.assign(this.waiting, { host, until: this.clock.monotonic() + turn.waitMs });
      await this.clock.sleep(turn.waitMs, this.signal);
    }
  }

  async started(host: string): Promise<void> {
    const askedAt = this.#askedAt.get(host);
    if (askedAt !== undefined && this.clock.monotonic() - askedAt > ON_TIME_MS) await this.store.noteStart(host);
  }
}
