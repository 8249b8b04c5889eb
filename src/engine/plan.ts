import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Input } from '../core/run.js';
import type { Item, NewStep } from '../core/step.js';

export interface PlanLimits {
  readonly maxSteps: number;
  readonly withinMs: number;
}

/**
 * The steps a job plans for an input. Throws `plan-empty`, `plan-too-slow` or `too-many-steps`: a plan is made within
 * one request, so what takes longer to find is the business of steps.
 */
export async function plan(job: Job, input: Input, clock: Clock, limits: PlanLimits): Promise<NewStep[]> {
  const over = new AbortController();
  const items = await within(clock, limits.withinMs, collect(job, input, limits.maxSteps, over.signal));
  over.abort();
  if (items === null) {
    throw new TobiishiError('plan-too-slow', `job ${job.name} did not finish planning in ${limits.withinMs} ms`, {
      seconds: limits.withinMs / 1000,
    });
  }
  if (items.length === 0) throw new TobiishiError('plan-empty', `job ${job.name} planned nothing`);
  return newSteps(job, input, items);
}

async function collect(job: Job, input: Input, maxSteps: number, over: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  let counted = 0;
  for await (const item of await job.plan(input)) {
    if (over.aborted) break;
    items.push(item);
    if (job.counts(item, input)) counted += 1;
    if (counted > maxSteps) {
      // What is past the job's own limit is left out, however much of it there is.
      if (job.limit(input) <= maxSteps) break;
      throw new TobiishiError('too-many-steps', `job ${job.name} planned over ${maxSteps} steps`, { max: maxSteps });
    }
  }
  return items;
}

export function newSteps(job: Job, input: Input, items: readonly Item[]): NewStep[] {
  return items.map((item) => ({
    item,
    key: job.key(item, input),
    lane: job.lane(item, input),
    counted: job.counts(item, input),
  }));
}
