import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from './clock.js';
import { once } from './once.js';

/** A part that waited for a store that is far away need not be paid for. */
const LONGEST_REST_MS = 250;

/**
 * For many who work in parts on the thread that answers requests: one part at a time, and while anybody else is waiting, as long a
 * rest as the last one had the thread. So all of them together take half of it at most.
 */
export class RestingTurns {
  #last: Promise<unknown> = Promise.resolve();
  #members = 0;

  /** `answers`: how many are under way in all, those of who takes turns included. */
  constructor(
    private readonly clock: Clock,
    private readonly answers: () => number,
  ) {}

  /** An answer of somebody who takes turns is not what others wait for. What comes back ends that. */
  join(): () => void {
    this.#members += 1;
    return once(() => {
      this.#members -= 1;
    });
  }

  /** What `part` comes to, when it is its turn. It should not wait for anything but the store. */
  take<T>(part: () => Promise<T>): Promise<T> {
    let from = 0;
    const mine = this.#last
      .then(() => setImmediate())
      .then(() => {
        from = busyMs();
        return part();
      });
    this.#last = mine
      .catch(() => {})
      // What is made of it at once counts, too.
      .then(() => setImmediate())
      .then(() => (this.#isAnybodyWaiting ? this.clock.sleep(Math.min(busyMs() - from, LONGEST_REST_MS)) : null));
    return mine;
  }

  get #isAnybodyWaiting(): boolean {
    return this.answers() > this.#members;
  }
}

/** For how long this thread has been at work, without the time for which it had nothing to do. */
function busyMs(): number {
  return performance.eventLoopUtilization().active;
}
