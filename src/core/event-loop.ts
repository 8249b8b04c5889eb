import { setImmediate as nextTurn } from 'node:timers/promises';
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
    return nextTurn().then(() => {
      since = clock.monotonic();
    });
  };
}

/** Lets one through at each turn of the event loop, in the order in which they came; who comes alone need not wait. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** To be awaited before one goes on; null when it is its turn at once. */
  take(): Promise<void> | null {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    setImmediate(this.#letIn);
    return null;
  }

  readonly #letIn = (): void => {
    const first = this.#waiting.shift();
    this.#isTaken = first !== undefined;
    if (first === undefined) return;
    setImmediate(this.#letIn);
    first();
  };
}
