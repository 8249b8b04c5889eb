import type { Clock } from '../core/clock.js';
import type { Store } from '../core/store.js';

/**
 * What a process has of the world, until it is killed: from then on its clock wakes nobody and its store answers nobody, so
 * that whatever was at work in it never goes on.
 */
export class MortalProcess {
  readonly clock: Clock;
  readonly store: Store;
  #isDead = false;

  constructor(clock: Clock, store: Store) {
    const alive = <T>(value: Promise<T>) => this.#whileAlive(value);
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => alive(clock.sleep(ms, signal)),
      after: (ms, work) =>
        clock.after(ms, () => {
          if (!this.#isDead) work();
        }),
    };
    this.store = new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => (this.#isDead ? never() : alive(Promise.resolve(value.apply(target, args))));
      },
    });
  }

  kill(): void {
    this.#isDead = true;
  }

  async #whileAlive<T>(value: Promise<T>): Promise<T> {
    try {
      const result = await value;
      return this.#isDead ? await never() : result;
    } catch (error) {
      if (this.#isDead) return never();
      throw error;
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
