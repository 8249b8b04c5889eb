import type { Clock } from '../core/clock.js';

/** What ends a process does so soon after it began; who works for longer alone is no suspect any more. */
const LONG_ENOUGH_MS = 30_000;

/** Runs whose steps may have ended a process work one at a time, beside all others. */
export class Probation {
  #runId: string | null = null;
  #over: Promise<void> = Promise.resolve();
  #end: () => void = () => {};

  constructor(private readonly clock: Clock) {}

  /**
   * Resolves when the run may work, or `stop` is aborted; it has the place then until it leaves, or for long enough: `passed` is
   * called.
   */
  async enter(runId: string, stop: AbortSignal, passed: () => void): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    while (this.#runId !== null && this.#runId !== runId && !stop.aborted) await Promise.race([this.#over, stopped]);
    if (stop.aborted || this.#runId === runId) return;
    this.#runId = runId;
    this.#over = new Promise((resolve) => {
      const cancel = this.clock.after(LONG_ENOUGH_MS, () => {
        passed();
        this.#end();
      });
      this.#end = () => {
        cancel();
        this.#runId = null;
        resolve();
      };
    });
  }

  leave(runId: string): void {
    if (this.#runId === runId) this.#end();
  }
}
