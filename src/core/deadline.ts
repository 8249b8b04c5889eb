import type { Clock } from './clock.js';

/** What `work` comes to, or null when it takes longer than `ms`; it then goes on behind, and nobody hears of it. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | null> {
  if (ms === Infinity) return work;
  let cancel = () => {};
  const late = new Promise<null>((resolve) => {
    cancel = clock.after(ms, () => resolve(null));
  });
  return Promise.race([work, late]).finally(cancel);
}
