import type { CookieJars } from '../fetch/cookies.js';
import type { Fetcher } from '../fetch/fetch.js';
import type { KeyedSlots } from '../fetch/keyed-slots.js';
import type { Permission } from '../fetch/robots-permission.js';
import type { WorkerPool } from '../pool/worker-pool.js';
import type { StartPagesReader } from './start-pages.js';

export interface ScrapeDeps {
  readonly fetcher: Fetcher;
  /** What robots.txt files say. */
  readonly permission: Pick<Permission, 'crawlDelayMs'>;
  readonly cookieJars: CookieJars;
  /** One for each host of each run: what is asked of it may depend on the answer before. */
  readonly hostSlots: KeyedSlots;
  /** Where pages and sitemaps are read. */
  readonly pool: WorkerPool;
  readonly startPages: StartPagesReader;
  /** The shortest delay that a visitor may ask for. */
  readonly minDelayMs: number;
  /** The most pages that a visitor may ask for. */
  readonly maxPages?: number;
}
