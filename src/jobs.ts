import { systemClock } from './core/clock.js';
import type { Job } from './core/job.js';
import { version } from './http/root.js';
import { createFetcher } from './scrape/fetch/fetch.js';
import { Permission } from './scrape/fetch/robots-permission.js';
import { createScrapeJob } from './scrape/job/scrape.js';
import { WorkerPool } from './scrape/pool/worker-pool.js';
import { readOptions, type SettingOptions } from './server/config.js';

export { waitJob as wait } from './wait.js';

export type ScrapeOptions = Pick<SettingOptions, 'allowHosts' | 'ignoreRobots' | 'minDelayMs' | 'maxSteps'>;

/** The scraper. Each option is the setting of that name. Throws `ConfigError` for a wrong one. */
export function scrape(options: ScrapeOptions = {}): Job {
  const { allowHosts, ignoreRobots, minDelayMs, maxSteps } = readOptions(options);
  const userAgent = `Tobiishi/${version} (+https://www.npmjs.com/package/tobiishi)`;
  const fetcher = createFetcher({ allowHosts, userAgent, clock: systemClock });
  const pool = new WorkerPool();
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots, pool });
  return createScrapeJob({ fetcher, permission, pool, minDelayMs, maxPages: maxSteps });
}
