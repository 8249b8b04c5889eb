import type { Clock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import { FairShares, type Owner } from '../core/fair-shares.js';

/** Whoever finds no room for so long is refused, and may come back. */
const WAIT_MS = 10_000;
const RETRY_AFTER_S = 5;

/** Memory for the forms that are being read or worked on, shared fairly by visitors and their networks. */
export class BodyRoom {
  readonly #shares: FairShares;
  readonly #clock: Clock;
  /** Each tries again, first come first served. */
  readonly #waiting = new Set<() => void>();

  constructor(bytes: number, clock: Clock) {
    this.#shares = new FairShares(bytes);
    this.#clock = clock;
  }

  /** Answers what gives the bytes back. Waits for room; throws `too-many-requests` when there is none for long. */
  async take(owners: readonly Owner[], bytes: number): Promise<() => void> {
    if (!this.#takeNow(owners, bytes)) await this.#wait(owners, bytes);
    return () => {
      this.#shares.give(owners, bytes);
      for (const tryAgain of this.#waiting) tryAgain();
    };
  }

  #takeNow(owners: readonly Owner[], bytes: number): boolean {
    if (this.#shares.room(owners) < bytes) return false;
    this.#shares.move(owners, bytes);
    return true;
  }

  #wait(owners: readonly Owner[], bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const tryAgain = () => {
        if (!this.#takeNow(owners, bytes)) return;
        end();
        resolve();
      };
      const cancel = this.#clock.after(WAIT_MS, () => {
        end();
        reject(new TobiishiError('too-many-requests', 'no room for the form', { seconds: RETRY_AFTER_S }));
      });
      const end = () => {
        cancel();
        this.#waiting.delete(tryAgain);
      };
      this.#waiting.add(tryAgain);
    });
  }
}
