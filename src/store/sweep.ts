import type { Clock } from '../core/clock.js';

const EVERY_MS = 10 * 60_000;
/** Deleting this many records takes a few milliseconds. */
const AT_ONCE = 500;
/** Between two bites, so that requests come first. */
const REST_MS = 50;

/** Deletes what is older than `ttlMs`, now and every ten minutes. Returns a function that stops it. */
export function sweepEvery(
  store: { sweep(ttlMs: number, limit: number): Promise<boolean> },
  clock: Clock,
  ttlMs: number,
  onError: (error: unknown) => void,
) {
  const over = new AbortController();
  const sweeping = (async () => {
    while (!over.signal.aborted) {
      let more = false;
      try {
        more = await store.sweep(ttlMs, AT_ONCE);
      } catch (error) {
        onError(error);
      }
      await clock.sleep(more ? REST_MS : EVERY_MS, over.signal).catch(() => {});
    }
  })();
  return async () => {
    over.abort();
    await sweeping;
  };
}
