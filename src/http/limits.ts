import type { Request, Response } from 'express';
import type { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import { TobiishiError } from '../core/errors.js';
import type { RateClient } from '../core/rate-limit.js';
import { networkOf } from './network.js';
import { onceClosed } from './once-closed.js';
import { rateLimiter } from './packages.js';
import { visitorOf } from './session.js';

/** How much of something one visitor may have, and all visitors of one network together. */
export interface Allowance {
  readonly visitor: number;
  readonly network: number;
}

/** What is counted a minute. `uploads` are megabytes. */
export const RATES = ['starts', 'previews', 'proposals', 'probes', 'uploads', 'shared'] as const;
export type RateName = (typeof RATES)[number];

export interface LimitSettings {
  readonly rates: Readonly<Record<RateName, Allowance>>;
  readonly downloadsAtOnce: Allowance;
  /** Where the counts of several processes are kept; null: in this one. */
  readonly rateClient: RateClient | null;
}

type Limiter = RateLimiterMemory | RateLimiterPostgres;

const PERIOD_S = 60;
/** A download or two will have ended by then. */
const DOWNLOAD_RETRY_S = 5;

/** Who may have how much of what, by visitor and by network. */
export class Limits {
  /** Made when first asked for. */
  readonly #limiters = new Map<string, Limiter>();
  readonly #downloads = new Map<string, number>();
  readonly #refused = new Map<RateName | 'downloads', number>();

  constructor(private readonly settings: LimitSettings) {}

  /** How often each was refused since this process began. */
  get refused(): ReadonlyMap<RateName | 'downloads', number> {
    return new Map([...RATES, 'downloads' as const].map((name) => [name, this.#refused.get(name) ?? 0]));
  }

  #countRefused(name: RateName | 'downloads'): void {
    this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
  }

  #limiterOf(name: RateName, who: keyof Allowance): Limiter {
    const key = `${name}-${who}`;
    const made = this.#limiters.get(key) ?? this.#limiter(key, this.settings.rates[name][who]);
    this.#limiters.set(key, made);
    return made;
  }

  #limiter(keyPrefix: string, points: number): Limiter {
    const { RateLimiterMemory, RateLimiterPostgres } = rateLimiter();
    const options = { keyPrefix, points, duration: PERIOD_S };
    const memory = new RateLimiterMemory(options);
    const { rateClient } = this.settings;
    if (rateClient === null) return memory;
    return new RateLimiterPostgres({
      ...options,
      storeClient: rateClient,
      storeType: 'pool',
      schemaName: 'tobiishi',
      tableName: 'rates',
      tableCreated: true,
      // The store sweeps them.
      clearExpiredByTimeout: false,
      // A database that is away is not this one's to tell of.
      insuranceLimiter: memory,
    });
  }

  /** Counts `amount` for whoever asks. Throws `too-many-requests` when that is more than a minute allows. */
  async take(req: Request, name: RateName, amount = 1): Promise<void> {
    const counted = ownersOf(req).map(([who, id]) => {
      const points = Math.min(amount, this.settings.rates[name][who]);
      return { who, id, points, limiter: this.#limiterOf(name, who) };
    });
    const results = await Promise.allSettled(counted.map(({ limiter, id, points }) => limiter.consume(id, points)));
    const found = results.findIndex(({ status }) => status === 'rejected');
    if (found < 0) return;
    const { reason } = results[found] as PromiseRejectedResult;
    if (!(reason instanceof rateLimiter().RateLimiterRes)) throw reason;
    this.#countRefused(name);
    // Whoever is refused takes nothing from the others of the network.
    await Promise.all(
      counted.map(({ limiter, id, points }, i) => results[i]?.status === 'fulfilled' && limiter.reward(id, points)),
    );
    throw tooMany(`${name} of one ${counted[found]?.who}`, Math.max(1, Math.ceil(reason.msBeforeNext / 1000)));
  }

  /** Counts a download until its answer has ended. Throws `too-many-requests` when too many are under way. */
  beginDownload(req: Request, res: Response): void {
    const owners = ownersOf(req).map(([who, id]) => [who, `${who} ${id}`] as const);
    for (const [who, owner] of owners) {
      if ((this.#downloads.get(owner) ?? 0) >= this.settings.downloadsAtOnce[who]) {
        this.#countRefused('downloads');
        throw tooMany(`downloads of one ${who} at once`, DOWNLOAD_RETRY_S);
      }
    }
    for (const [, owner] of owners) this.#downloads.set(owner, (this.#downloads.get(owner) ?? 0) + 1);
    onceClosed(res, () => {
      for (const [, owner] of owners) {
        const left = (this.#downloads.get(owner) ?? 0) - 1;
        if (left > 0) this.#downloads.set(owner, left);
        else this.#downloads.delete(owner);
      }
    });
  }
}

function tooMany(what: string, seconds: number): TobiishiError {
  return new TobiishiError('too-many-requests', `too many ${what}`, { seconds });
}

/** Who asks: the visitor, if known, and the network. */
export function ownersOf(req: Request): (readonly [keyof Allowance, string])[] {
  const visitorId = visitorOf(req);
  return [
    ...(visitorId === null ? [] : [['visitor', visitorId] as const]),
    ['network', networkOf(req.ip) ?? 'unknown'],
  ];
}
