/** Time, injected so that tests can freeze it. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. May jump; used for what is stored and shown. */
  now(): number;
  /** Milliseconds on a clock that never jumps; used for budgets and durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, never sooner; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` after `ms` milliseconds, never sooner, unless the function it returns is called first. */
  after(ms: number, work: () => void): () => void;
}

/** To abort with when nobody asks why: without a reason, each abort makes an error with its stack. */
export const OVER = 'over';

/** Node's timers overflow past 2^31 - 1 ms and would then fire at once; what is longer takes several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `Clock.sleep`, by `Clock.after`. */
export function sleepBy(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
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
    const until = performance.now() + ms;
    const wait = (leftMs: number) => setTimeout(look, Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS));
    // Node counts whole milliseconds, and fires up to one too early: a step of one second would be over before a second
    // has passed, and its page would show two steps.
    const look = () => {
      const leftMs = until - performance.now();
      if (leftMs > 0) timer = wait(leftMs);
      else work();
    };
    let timer = wait(ms);
    return () => clearTimeout(timer);
  },
};
