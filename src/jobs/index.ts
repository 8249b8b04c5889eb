import type { Job } from '../core/job.js';
import type { Fetcher } from '../scraping/fetch.js';
import { createScrapeJob } from './scrape.js';
import { waitJob } from './wait.js';

export interface JobsDeps {
  readonly fetcher: Fetcher;
  /** The shortest delay between two requests to a host that a visitor may ask for. */
  readonly minDelayMs: number;
}

/** Every job there is, in the order of the home page. */
export function createJobs(deps: JobsDeps): readonly Job[] {
  return [waitJob, createScrapeJob(deps)];
}
