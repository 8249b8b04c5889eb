import type { Job } from '../core/job.js';
import type { Run } from '../core/run.js';
import type { NewStep, Step } from '../core/step.js';
import type { Store } from '../core/store.js';
import { newSteps } from './plan.js';

const PAGE_STEPS = 1000;

/** Every failed or skipped step, newest first, a page at a time. */
export async function* eachFailure(store: Store, runId: string): AsyncGenerator<readonly Step[], void> {
  let before: number | null = null;
  for (;;) {
    const page: readonly Step[] = await store.listFailures(runId, before, PAGE_STEPS);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    before = last.seq;
  }
}

/** Whether the steps that failed can be executed again, in a run of their own: none is to come, and the job is the same. */
export function mayRetryFailed(run: Run, job: Job | undefined): job is Job {
  return (run.status === 'done' || run.status === 'cancelled') && run.failedCount > 0 && job?.version === run.version;
}

/** The failed steps as new ones, in the order in which they were planned; skipped ones were given up by the visitor. */
export async function failedSteps(store: Store, run: Run, job: Job): Promise<NewStep[]> {
  const failed: Step[] = [];
  for await (const page of eachFailure(store, run.id)) failed.push(...page.filter(({ status }) => status === 'failed'));
  failed.sort((a, b) => a.position - b.position);
  return newSteps(
    job,
    run.input,
    failed.map(({ item }) => item),
  );
}
