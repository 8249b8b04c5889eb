import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.js';

/** For so long one piece of work may hold the thread that answers requests. */
const HOLD_MS = 10;

/**
 * For work of many short parts that never wait: what it returns, called between two of them, answers a promise to be awaited
 * when others should have the thread, else null.
 */
export function breaks(clock: Clock): () => Promise<unknown> | null {
  let since = clock.monotonic();
  return () => {
    if (clock.monotonic() - since < HOLD_MS) return null;
    return setImmediate().then(() => {
      since = clock.monotonic();
    });
  };
}
