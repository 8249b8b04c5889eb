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
