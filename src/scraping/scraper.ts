import { createFetcher, type Fetcher, type FetcherOptions } from './fetch.js';
import { Permission } from './permission.js';

/** What every scrape of this process shares. */
export interface Scraper {
  readonly fetcher: Fetcher;
  /** What robots.txt files say. */
  readonly permission: Permission;
}

export interface ScraperOptions extends FetcherOptions {
  /** Hosts whose robots.txt does not count. */
  readonly ignoreRobots: readonly string[];
}

export function createScraper({ ignoreRobots, ...options }: ScraperOptions): Scraper {
  const fetcher = createFetcher(options);
  return { fetcher, permission: new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots }) };
}
