import type { Claim } from '../core/claim.js';
import type { Clock } from '../core/clock.js';
import { isTobiishiError } from '../core/errors.js';
import type { Notify } from '../core/observer.js';
import { postponeStep, releaseClaim } from '../core/run-changes.js';
import type { Store } from '../core/store.js';

const TRY_EVERY_MS = 1000;

/** Claims whose holder had to end while the store could not be reached: released when it is back, however late. */
export class PendingReleases {
  readonly #byRun = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly notify: Notify,
  ) {}

  /** Puts the steps at `positions` back, their attempts not counted, before the claim is free. */
  add(claim: Claim, positions: readonly number[]): void {
    const released = this.#untilReleased(claim, [...positions]).then(() => {
      this.#byRun.delete(claim.runId);
    });
    this.#byRun.set(claim.runId, released);
  }

  /** To be awaited before the run is claimed anew: a new claim would leave the attempts counted. Null when none is due. */
  of(runId: string): Promise<void> | null {
    return this.#byRun.get(runId) ?? null;
  }

  /** Gives up: the leases end by themselves. */
  stop(): void {
    this.#stop.abort();
  }

  async #untilReleased(claim: Claim, positions: number[]): Promise<void> {
    for (;;) {
      await this.clock.sleep(TRY_EVERY_MS, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return;
      try {
        for (let position = positions.at(-1); position !== undefined; position = positions.at(-1)) {
          await this.store.change(
            postponeStep(claim, position, { waitMs: null, failure: null, toEnd: false, stats: {} }),
          );
          positions.pop();
        }
        await this.store.change(releaseClaim(claim));
        return;
      } catch (error) {
        if (isTobiishiError(error, 'store-unavailable')) continue;
        // The lease ends by itself.
        this.notify('fault', { runId: claim.runId, during: 'release', error });
        return;
      }
    }
  }
}
