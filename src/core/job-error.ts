/** A mistake in a job, for whoever wrote it: names the job and says how to mend it. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code = 'job-mistake';

  constructor(
    readonly job: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`job "${job}": ${problem}`, options);
  }
}

/** Whether `thrown` is one, of this copy of the package or another. */
export function isJobError(thrown: unknown): thrown is JobError {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'job-mistake' && 'job' in thrown;
}
