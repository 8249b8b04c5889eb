import type { Job } from '../core/job.js';
import { createScrapeJob, type ScrapeDeps } from '../scrape/job/scrape.js';
import { waitJob } from '../wait.js';

export type JobsDeps = ScrapeDeps;

/** Every job there is, in the order of the home page. */
export function createJobs(deps: JobsDeps): readonly Job[] {
  return [waitJob, createScrapeJob(deps)];
}
