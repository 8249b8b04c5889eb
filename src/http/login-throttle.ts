import type { Clock } from '../core/clock.js';
import { networkOf } from './network.js';

const WITHIN_MS = 10 * 60_000;
/** Over everybody, as often as so many networks may try: whoever has many addresses is slowed, too. */
const NETWORKS_OF_ALL = 30;
const MOST_KNOWN = 10_000;

interface Tries {
  readonly since: number;
  count: number;
}

/** Bounds how often a password can be guessed. */
export class LoginThrottle {
  readonly #tries = new Map<string, Tries>();

  /** `most`: from one network, in ten minutes. */
  constructor(
    private readonly clock: Clock,
    private readonly most: number,
  ) {}

  /** Counts a try from this IP address: how long it has to wait, in ms; 0 when it may be looked at. */
  take(address: string): number {
    const waits = [this.#count('', NETWORKS_OF_ALL * this.most), this.#count(networkOf(address) ?? address, this.most)];
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
