/** Time, injected so that tests can freeze it. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. May jump; used for what is stored and shown. */
  now(): number;
  /** Milliseconds on a clock that never jumps; used for budgets and durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` after `ms` milliseconds, unless the function it returns is called first. */
  after(ms: number, work: () => void): () => void;
}

/** To abort with when nobody asks why: without a reason, each abort makes an error with its stack. */
export const OVER = 'over';

/** Node's timers overflow past 2^31 - 1 ms and would then fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  },
  after(ms, work) {
    const timer = setTimeout(work, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
