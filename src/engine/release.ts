import type { Clock } from '../core/clock.js';
import type { Claim, Store } from '../core/store.js';

const TRY_EVERY_MS = 1000;

/** Claims whose holder had to end because the store was away: they are let go of when it is back, however late. */
export class LettingGo {
  readonly #runs = new Map<string, Promise<void>>();
  readonly #over = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Puts the steps at `positions` back, their attempts not counted, before the claim is free. */
  begin(claim: Claim, positions: readonly number[]): void {
    const done = this.#untilDone(claim, [...positions]).then(() => {
      this.#runs.delete(claim.runId);
    });
    this.#runs.set(claim.runId, done);
  }

  /** To be awaited before the run is claimed anew: a new claim would leave the attempts counted. Null: nothing is due. */
  pending(runId: string): Promise<void> | null {
    return this.#runs.get(runId) ?? null;
  }

  /** Gives up: the leases end by themselves. */
  stop(): void {
    this.#over.abort();
  }

  async #untilDone(claim: Claim, positions: number[]): Promise<void> {
    for (;;) {
      await this.clock.sleep(TRY_EVERY_MS, this.#over.signal).catch(() => {});
      if (this.#over.signal.aborted) return;
      try {
        for (let position = positions.at(-1); position !== undefined; position = positions.at(-1)) {
          await this.store.postpone(claim, position, { waitMs: null, failure: null, toEnd: false, stats: {} });
          positions.pop();
        }
        await this.store.release(claim);
        return;
      } catch {
        // Still away.
      }
    }
  }
}
