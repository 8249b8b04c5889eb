import type { Clock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import type { Asker } from '../core/fair-shares.js';
import { LruCache } from '../core/lru-cache.js';
import type { Disk, KeptOf, Quotas } from '../core/quotas.js';
import type { RunReason, RunState } from '../core/run.js';
import type { Store } from '../core/store.js';

const MEGABYTE = 1_000_000;
/** Sums over many runs are believed for so long. A visitor's own are few, and just deleted perhaps. */
const BELIEVED_MS = 10_000;
const MOST_SUMS = 1000;
/** When a run has so much more, it is asked whether that is too much beside others. Those of smaller ones are not much. */
const LOOKED_AT_EVERY_BYTES = 1_000_000;
const MOST_RUNS = 1000;

interface Sum {
  readonly bytes: number;
  readonly at: number;
}

/** Refuses new runs where too much is kept already, and says which of those that run must stop. */
export class StorageGuard {
  readonly #sums = new LruCache<Sum>(MOST_SUMS);
  /** By run, its bytes when it was last found that it may go on. */
  readonly #lookedAt = new LruCache<number>(MOST_RUNS);

  /** Without quotas everybody may keep as much as they like. */
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly quotas: Quotas | null,
    private readonly disk: Disk | null,
  ) {}

  /** Throws `too-much-kept` when the visitor has to delete something first, and `storage-full` when others have to. */
  async check({ visitorId, network }: Pick<Asker, 'visitorId' | 'network'>): Promise<void> {
    if (await this.disk?.isLow()) throw new TobiishiError('storage-full', 'too little of the disk is free');
    if (this.quotas === null) return;
    const { visitorBytes } = this.quotas;
    const [kept, isFull] = await this.#look(visitorId, network, this.quotas);
    if (kept >= visitorBytes) {
      const params = { kept: Math.round(kept / MEGABYTE), max: Math.round(visitorBytes / MEGABYTE) };
      throw new TobiishiError('too-much-kept', `${kept} bytes are kept of one visitor`, params);
    }
    if (isFull) throw new TobiishiError('storage-full', 'too much is kept');
  }

  /** Whether it is time to ask for the run's `reasonToStop` (again). */
  isDue({ id, bytes }: RunState): boolean {
    return bytes >= LOOKED_AT_EVERY_BYTES && bytes - (this.#lookedAt.get(id) ?? 0) >= LOOKED_AT_EVERY_BYTES;
  }

  /** Why a run that is under way must stop: with what it and others have come to, too much is kept. Null when it may go on. */
  async reasonToStop({ id, visitorId, network, bytes }: RunState): Promise<RunReason | null> {
    if (this.quotas !== null) {
      const [kept, isFull] = await this.#look(visitorId, network, this.quotas);
      if (kept >= this.quotas.visitorBytes) return 'too-much-kept';
      if (isFull) return 'storage-full';
    }
    this.#lookedAt.set(id, bytes);
    return null;
  }

  /** What is kept of the visitor, and whether it is too much of the network or of all. Asked at once: the store may be far away. */
  async #look(
    visitorId: string,
    network: string | null,
    { networkBytes, allBytes }: Quotas,
  ): Promise<[number, boolean]> {
    const [ofVisitor, ofNetwork, ofAll] = await Promise.all([
      this.store.bytesKept({ visitorId }),
      network === null ? 0 : this.#believed({ network }),
      this.#believed({}),
    ]);
    return [ofVisitor, ofNetwork >= networkBytes || ofAll >= allBytes];
  }

  async #believed(of: KeptOf): Promise<number> {
    const key = of.network ?? '';
    const known = this.#sums.get(key);
    const now = this.clock.monotonic();
    if (known !== undefined && now - known.at < BELIEVED_MS) return known.bytes;
    const bytes = await this.store.bytesKept(of);
    this.#sums.set(key, { bytes, at: now });
    return bytes;
  }
}
