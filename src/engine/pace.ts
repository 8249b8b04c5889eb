import type { Budget } from '../core/budget.js';
import type { Clock } from '../core/clock.js';

/** When a slice, which begins now, starts no further step. */
export class Pace {
  readonly #startedAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly budget: Budget,
  ) {
    this.#startedAt = clock.monotonic();
  }

  get isOver(): boolean {
    return this.#passedMs >= this.budget.paceMs;
  }

  /**
   * Whether the slice waits `ms` for its next step. What is recorded is shown before a wait; with nothing to show, the answer is
   * held as long as the budget allows.
   */
  allowsWait(ms: number, hasRecorded: boolean): boolean {
    const { paceMs, answerWithinMs } = this.budget;
    return this.#passedMs + ms < (hasRecorded ? paceMs : answerWithinMs);
  }

  get #passedMs(): number {
    return this.clock.monotonic() - this.#startedAt;
  }
}
