import { setImmediate as turn } from 'node:timers/promises';
import { type Abortable, type Clock, sleepBy } from '../core/clock.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` moves it; whoever sleeps on it wakes in order. */
export class FrozenClock implements Clock {
  #passed = 0;
  #offset = Date.UTC(2026, 0, 1);
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#offset + this.#passed;
  }

  monotonic(): number {
    return this.#passed;
  }

  /** Sets the wall clock forward or back, as an operator or NTP would; nobody wakes. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  sleep(ms: number, signal?: Abortable): Promise<void> {
    return sleepBy(this, ms, signal);
  }

  after(ms: number, wake: () => void): () => void {
    const sleeper = { at: this.#passed + Math.max(0, ms), wake };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  async advance(ms: number): Promise<void> {
    const until = this.#passed + ms;
    await settled();
    for (;;) {
      const next = this.#sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#passed = Math.max(this.#passed, next.at);
      next.wake();
      await settled();
    }
    this.#passed = until;
  }
}

/** Lets everything run that needs no time to pass. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await turn();
}
