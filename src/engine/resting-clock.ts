import type { Abortable, Clock } from '../core/clock.js';
import type { Aborter } from './aborter.js';

interface Rest {
  begun(): void;
  ended(): void;
}

/** The clock of one attempt: says when the step only waits. */
export class RestingClock implements Clock {
  /** How many of its sleeps are under way: it may race several. */
  #sleeping = 0;
  #isClosed = false;

  constructor(
    private readonly clock: Clock,
    private readonly rest: Rest,
    /** Of the attempt: a sleep that is given its signal listens to it instead. */
    private readonly abort: Aborter,
  ) {}

  now(): number {
    return this.clock.now();
  }

  monotonic(): number {
    return this.clock.monotonic();
  }

  sleep(ms: number, signal?: Abortable): Promise<void> {
    this.#sleeping += 1;
    if (this.#sleeping === 1 && !this.#isClosed) this.rest.begun();
    const wake = () => {
      this.#sleeping -= 1;
      if (this.#sleeping === 0 && !this.#isClosed) this.rest.ended();
    };
    const isOurs = signal !== undefined && this.abort.hasMade(signal);
    return this.clock.sleep(ms, isOurs ? this.abort : signal).then(wake, (error: unknown) => {
      wake();
      throw error;
    });
  }

  after(ms: number, work: () => void): () => void {
    return this.clock.after(ms, work);
  }

  /** The attempt is over, whatever it still sleeps for. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#sleeping > 0) this.rest.ended();
  }
}
