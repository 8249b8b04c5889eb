import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { isStepError, isTobiishiError, messageOf, TobiishiError } from '../core/errors.js';
import { breaks } from '../core/event-loop.js';
import type { Owner } from '../core/fair-shares.js';
import type { FormContext, Job } from '../core/job.js';
import { JobError } from '../core/job-error.js';
import { jsonProblem } from '../core/json.js';
import type { Input } from '../core/run.js';
import type { Item, NewStep } from '../core/step.js';

export interface PlanLimits {
  readonly maxSteps: number;
  readonly withinMs: number;
}

/**
 * The steps a job plans for an input. Throws `plan-empty`, `plan-too-slow` or `too-many-steps`: a plan is made within
 * one request, so what takes longer to find is the business of steps. Throws a `JobError` for what is no plan.
 */
export async function plan(job: Job, input: Input, owner: Owner, clock: Clock, limits: PlanLimits): Promise<NewStep[]> {
  const over = new AbortController();
  const context = { owner, signal: over.signal };
  const steps = await within(clock, limits.withinMs, collect(job, input, limits.maxSteps, clock, context));
  over.abort();
  if (steps === null) {
    throw new TobiishiError('plan-too-slow', `job ${job.name} did not finish planning in ${limits.withinMs} ms`, {
      seconds: limits.withinMs / 1000,
    });
  }
  if (steps.length === 0) throw new TobiishiError('plan-empty', `job ${job.name} planned nothing`);
  return steps;
}

async function collect(
  job: Job,
  input: Input,
  maxSteps: number,
  clock: Clock,
  context: FormContext,
): Promise<NewStep[]> {
  const steps: NewStep[] = [];
  const breakDue = breaks(clock);
  let counted = 0;
  for await (const item of await itemsOf(job, input, context)) {
    // A plan of nothing but short parts would let neither the deadline strike nor other requests be answered.
    await breakDue();
    if (context.signal.aborted) break;
    const step = newStep(job, input, item, `item ${steps.length + 1} of its plan`);
    steps.push(step);
    if (step.counted) counted += 1;
    if (counted > maxSteps || steps.length - counted > maxSteps) {
      // What is past the job's own limit is left out, however much of it there is.
      if (counted > maxSteps && job.limit(input) <= maxSteps) break;
      throw new TobiishiError('too-many-steps', `job ${job.name} planned over ${maxSteps} steps`, { max: maxSteps });
    }
  }
  return steps;
}

async function itemsOf(job: Job, input: Input, context: FormContext): Promise<Iterable<Item> | AsyncIterable<Item>> {
  const items: unknown = await planned(job, input, context);
  const isList =
    typeof items === 'object' && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items);
  if (!isList) throw new JobError(job.name, 'plan() must return items: an array, or something to iterate over');
  return items as Iterable<Item> | AsyncIterable<Item>;
}

async function planned(job: Job, input: Input, context: FormContext): Promise<unknown> {
  try {
    return await job.plan(input, context);
  } catch (cause) {
    if (isStepError(cause) || isTobiishiError(cause)) throw cause;
    throw new JobError(job.name, `plan() threw: ${messageOf(cause)}`, { cause });
  }
}

/** The items that a step found. Throws a `JobError` for one that is no JSON. */
export function newSteps(job: Job, input: Input, items: readonly Item[]): NewStep[] {
  return items.map((item, i) => newStep(job, input, item, `items[${i}]`));
}

function newStep(job: Job, input: Input, item: Item, name: string): NewStep {
  const problem = jsonProblem(item, name);
  if (problem !== null) throw new JobError(job.name, `${problem}; an item must be JSON`);
  const key: unknown = job.key(item, input);
  if (key !== null && typeof key !== 'string')
    throw new JobError(job.name, `key() must return a text or null: ${name}`);
  const lane: unknown = job.lane(item, input);
  if (typeof lane !== 'string') throw new JobError(job.name, `lane() must return a text: ${name}`);
  return { item, key: shortKey(key), lane, counted: job.counts(item, input) };
}

/** Longer keys are kept as their hash: stores look each of them up. */
const LONGEST_KEY = 200;

function shortKey(key: string | null): string | null {
  if (key === null || key.length <= LONGEST_KEY) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
