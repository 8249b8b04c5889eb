import type { Abortable } from '../core/clock.js';
import { FrozenClock, settled } from './frozen-clock.js';

/**
 * A clock that skips every sleep: once everybody sleeps or waits for something outside, it moves to the moment when the first
 * sleeper wakes. What is only to happen `after` some time never makes it move, so that no deadline strikes while a step waits
 * for a real file or host.
 */
export class SkippingClock extends FrozenClock {
  readonly #wakeAt = new Set<{ readonly at: number }>();
  #skipping = false;

  override async sleep(ms: number, signal?: Abortable): Promise<void> {
    const sleeper = { at: this.monotonic() + Math.max(0, ms) };
    this.#wakeAt.add(sleeper);
    void this.#skip();
    try {
      await super.sleep(ms, signal);
    } finally {
      this.#wakeAt.delete(sleeper);
    }
  }

  async #skip(): Promise<void> {
    if (this.#skipping) return;
    this.#skipping = true;
    await settled();
    while (this.#wakeAt.size > 0) {
      const first = Math.min(...[...this.#wakeAt].map(({ at }) => at));
      await this.advance(Math.max(0, first - this.monotonic()));
      await settled();
    }
    this.#skipping = false;
  }
}
