import { version } from './http/root.js';
import { type Job, systemClock } from './index.js';
import { outgoingHosts } from './outgoing.js';
import { hostsOnDemand } from './scrape/fetch/on-demand.js';
import { createScrapeJob } from './scrape/job/scrape.js';
import { WorkerPool } from './scrape/pool/worker-pool.js';
import { readOptions, type SettingOptions } from './server/config.js';

export { waitJob as wait } from './wait.js';

export type ScrapeOptions = Pick<
  SettingOptions,
  | 'allowHosts'
  | 'allowPorts'
  | 'allowedHosts'
  | 'contact'
  | 'denyHosts'
  | 'denyHostsFile'
  | 'ignoreRobots'
  | 'maxSteps'
  | 'minDelayMs'
  | 'onlyHosts'
  | 'poolCpuMs'
  | 'poolHeapMb'
  | 'poolThreads'
  | 'siteUrl'
>;

/** What the hosts that are fetched can read about what fetches them. */
const PROJECT_PAGE = 'https://github.com/tobiishi/tobiishi';

/** The scraper. Each option is the setting of that name. Throws `ConfigError` for a wrong one. */
export function scrape(options: ScrapeOptions = {}): Job {
  const config = readOptions(options);
  const { contact, ignoreRobots, minDelayMs, maxSteps } = config;
  const fetching = {
    ...outgoingHosts(config),
    userAgent: `Tobiishi/${version} (+${contact ?? PROJECT_PAGE})`,
    clock: systemClock,
  };
  const pool = new WorkerPool({ threads: config.poolThreads, cpuMs: config.poolCpuMs, heapMb: config.poolHeapMb });
  const { fetcher, permission } = hostsOnDemand(fetching, { productToken: 'Tobiishi', ignoreRobots, pool });
  return createScrapeJob({ fetcher, permission, pool, minDelayMs, maxPages: maxSteps });
}
