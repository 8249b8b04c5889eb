import { type Clock, OVER } from './clock.js';

/** What `work` comes to, or null when it takes longer than `ms`; it then goes on behind, and nobody hears of it. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | null> {
  if (ms === Infinity) return work;
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(
    () => null,
    // Aborted, because the work was in time.
    () => null,
  );
  return Promise.race([work, late]).finally(() => over.abort(OVER));
}
