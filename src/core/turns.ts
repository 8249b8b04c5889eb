import { setImmediate } from 'node:timers/promises';

/** For many who work in parts on the thread that answers requests: one part at a time, and everybody else between two. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** What `part` comes to, when it is its turn. It should not wait for anything but the store. */
  take<T>(part: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => setImmediate()).then(part);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
