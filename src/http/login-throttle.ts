import type { Clock } from '../core/clock.js';
import { LruCache } from '../core/lru-cache.js';
import { customerOf, networkOf } from './network.js';

const WITHIN_MS = 10 * 60_000;
/** Over everybody, as often as so many networks may try: whoever has many addresses is slowed, too. */
const NETWORKS_OF_ALL = 30;
/** What anybody may try all the same: it takes somebody honest no more, and others must not lock them out. */
const ALWAYS = 2;
const MOST_KNOWN = 10_000;

interface Tries {
  readonly since: number;
  count: number;
}

/** Bounds how often a password can be guessed. */
export class LoginThrottle {
  #all: Tries = { since: -Infinity, count: 0 };
  readonly #networks = new LruCache<Tries>(MOST_KNOWN);
  readonly #customers = new LruCache<Tries>(MOST_KNOWN);

  /** `most`: from one network, in ten minutes. */
  constructor(
    private readonly clock: Clock,
    private readonly most: number,
  ) {}

  /** Counts a try from this IP address: how long it has to wait, in ms; 0 when it may be looked at. */
  take(address: string): number {
    const own = this.#known(this.#networks, networkOf(address) ?? address);
    if (own.count >= this.most) return this.#leftOf(own);
    const customer = this.#known(this.#customers, customerOf(address) ?? address);
    this.#all = this.#current(this.#all);
    const isBusy = this.#all.count >= NETWORKS_OF_ALL * this.most;
    if (isBusy && customer.count >= ALWAYS) return this.#leftOf(this.#all);
    for (const tries of [own, customer, this.#all]) tries.count += 1;
    return 0;
  }

  #known(all: LruCache<Tries>, key: string): Tries {
    const tries = this.#current(all.get(key));
    all.set(key, tries);
    return tries;
  }

  #current(known: Tries | undefined): Tries {
    const now = this.clock.monotonic();
    return known !== undefined && now - known.since < WITHIN_MS ? known : { since: now, count: 0 };
  }

  #leftOf({ since }: Tries): number {
    return since + WITHIN_MS - this.clock.monotonic();
  }
}
