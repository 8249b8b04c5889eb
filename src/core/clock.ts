/** As much of an `AbortSignal` as a sleep needs: Node 20 takes longer to make one, and to listen to it, than to do the rest of a sleep. */
export interface Abortable {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Time, injected so that tests can freeze it. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. May jump; used for what is stored and shown. */
  now(): number;
  /** Milliseconds on a clock that never jumps; used for budgets and durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, never sooner; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: Abortable): Promise<void>;
  /** Calls `work` after `ms` milliseconds, never sooner, unless the function it returns is called first. */
  after(ms: number, work: () => void): () => void;
}

/** To abort with when nobody asks why: without a reason, each abort makes an error with its stack. */
export const OVER = 'over';

/** Node's timers overflow past 2^31 - 1 ms and would then fire at once; what is longer takes several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `Clock.sleep`, by `Clock.after`. */
export function sleepBy(clock: Pick<Clock, 'after'>, ms: number, signal?: Abortable): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return sleepBy(this, ms, signal);
  },
  after(ms, work) {
    const alarm = new Alarm(performance.now() + ms, work);
    alarm.wait(ms);
    return () => alarm.cancel();
  },
};

/** Of what waits there are several for each step at work, so it is one small object, not functions that know each other. */
class Alarm {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly until: number,
    private readonly work: () => void,
  ) {}

  wait(leftMs: number): void {
    this.#timer = setTimeout(look, Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS), this);
  }

  /**
   * Node counts whole milliseconds, and fires up to one too early: a step of one second would be over before a second has
   * passed, and its page would show two steps.
   */
  look(): void {
    const leftMs = this.until - performance.now();
    if (leftMs > 0) this.wait(leftMs);
    else this.work();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

function look(alarm: Alarm): void {
  alarm.look();
}
