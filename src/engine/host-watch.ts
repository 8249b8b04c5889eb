import type { AbuseLog, LoggedAction } from '../core/abuse-log.js';
import { hostOfKey } from '../core/blocks.js';
import type { Clock } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import { LruCache } from '../core/lru-cache.js';
import type { Blocks } from './blocks.js';

/** A host that is asked all the time is noted again after so long. */
const NOTED_EVERY_MS = 10 * 60_000;
const MOST_NOTED = 10_000;

/** Stands between jobs and the hosts that they ask: keeps to what the operator blocks, and has the abuse log know who was asked. */
export class HostWatch {
  readonly #noted = new LruCache<number>(MOST_NOTED);

  /** Null: nothing is blocked; nothing is noted. */
  constructor(
    private readonly blocks: Blocks | null,
    private readonly log: AbuseLog | null,
    private readonly clock: Clock,
  ) {}

  /** Before a turn of `key` is asked for. Throws `host-denied` for a host that is blocked. */
  async check(key: string): Promise<void> {
    const blocked = await this.blocks?.current();
    if (!blocked?.hasHosts) return;
    const host = hostOfKey(key);
    if (!blocked.hasHost(host)) return;
    throw new StepError('host-denied', `this site does not fetch from ${host}`, { params: { host }, retry: false });
  }

  /** When it is granted, and before the host is asked. */
  async note(logged: string | LoggedAction, key: string): Promise<void> {
    if (this.log === null) return;
    const id = typeof logged === 'string' ? logged : logged.id;
    const pair = `${id} ${key}`;
    const now = this.clock.monotonic();
    const noted = this.#noted.get(pair);
    if (noted !== undefined && now - noted < NOTED_EVERY_MS) return;
    if (typeof logged !== 'string') await this.log.add(logged);
    await this.log.addHost(id, hostOfKey(key));
    this.#noted.set(pair, now);
  }
}
