import { TobiishiError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { PageDeps } from '../deps.js';

/** Throws `job-not-found`. */
export function findJob({ jobs }: PageDeps, name: unknown): Job {
  const job = jobs.get(String(name));
  if (!job) throw new TobiishiError('job-not-found', `no job ${String(name)}`);
  return job;
}
