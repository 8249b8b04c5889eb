import type { Clock } from '../core/clock.js';
import { networkOf } from './network.js';

const MOST_TRIES = 10;
const WITHIN_MS = 10 * 60_000;
/** Over everybody: whoever has many addresses is slowed, too. */
const MOST_TRIES_OF_ALL = 300;
const MOST_KNOWN = 10_000;

interface Tries {
  readonly since: number;
  count: number;
}

/** Bounds how often a password can be guessed. */
export class LoginThrottle {
  readonly #tries = new Map<string, Tries>();

  constructor(private readonly clock: Clock) {}

  /** Counts a try from this IP address: how long it has to wait, in ms; 0 when it may be looked at. */
  take(address: string): number {
    const waits = [this.#count('', MOST_TRIES_OF_ALL), this.#count(networkOf(address) ?? address, MOST_TRIES)];
    return Math.max(...waits);
  }

  #count(key: string, most: number): number {
    const now = this.clock.monotonic();
    const known = this.#tries.get(key);
    const tries = known !== undefined && now - known.since < WITHIN_MS ? known : { since: now, count: 0 };
    if (tries.count >= most) return tries.since + WITHIN_MS - now;
    tries.count += 1;
    if (tries !== known) this.#remember(key, tries);
    return 0;
  }

  /** The oldest make way. */
  #remember(key: string, tries: Tries): void {
    this.#tries.delete(key);
    this.#tries.set(key, tries);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > MOST_KNOWN && oldest !== undefined) this.#tries.delete(oldest);
  }
}
