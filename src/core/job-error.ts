/** A mistake in a job, for whoever wrote it: names the job and says how to mend it. */
export class JobError extends Error {
  override readonly name = 'JobError';

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
  return thrown instanceof Error && thrown.name === 'JobError' && 'job' in thrown && typeof thrown.job === 'string';
}
