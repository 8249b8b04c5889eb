import type { Clock } from './clock.js';

/** What `work` comes to, or null when it takes longer than `ms`; it then goes on behind, and nobody hears of it. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | null> {
  if (ms === Infinity) return work;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(null));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}
