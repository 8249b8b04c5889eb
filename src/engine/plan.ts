import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { isStepError, isTobiishiError, messageOf, TobiishiError } from '../core/errors.js';
import { breaks } from '../core/event-loop.js';
import type { Owner } from '../core/fair-shares.js';
import type { FormContext, Job } from '../core/job.js';
import { JobError } from '../core/job-error.js';
import { jsonProblem } from '../core/json.js';
import type { Input, NewRun } from '../core/run.js';
import type { Item, NewStep } from '../core/step.js';
import { hidingSecrets } from './hide-secrets.js';

export interface PlanLimits {
  /** The most steps any run may have. */
  readonly maxSteps: number;
  readonly withinMs: number;
}

/** What a run begins with. */
export interface Plan extends Required<Pick<NewRun, 'planned' | 'maxTotal' | 'droppedLater'>> {
  readonly steps: readonly NewStep[];
}

/** So many items of a long plan are looked at when the run starts, and each time that fewer of its steps wait. */
export const PLANNED_AT_ONCE = 500;

/**
 * The steps a job plans for an input: all of them, or the first of a plan that can be made again from what the run keeps, with
 * the rest counted. Throws `plan-empty`, `plan-too-slow` or `too-many-steps`: a plan is made within one request, so what
 * takes longer to find is the business of steps. Throws a `JobError` for what is no plan.
 */
export async function plan(job: Job, input: Input, owner: Owner, clock: Clock, limits: PlanLimits): Promise<Plan> {
  const over = new AbortController();
  const context = { owner, signal: over.signal };
  const collected = hidingSecrets(job, input, collect(job, input, limits.maxSteps, clock, context));
  const planned = await within(clock, limits.withinMs, collected);
  over.abort();
  if (planned === null) {
    throw new TobiishiError('plan-too-slow', `job ${job.name} did not finish planning in ${limits.withinMs} ms`, {
      seconds: limits.withinMs / 1000,
    });
  }
  if (planned.steps.length === 0) throw new TobiishiError('plan-empty', `job ${job.name} planned nothing`);
  return planned;
}

async function collect(job: Job, input: Input, maxSteps: number, clock: Clock, context: FormContext): Promise<Plan> {
  const repeats = job.repeatablePlan;
  const maxTotal = Math.min(job.limit(input), maxSteps);
  const steps: NewStep[] = [];
  const tally = new Tally(maxTotal);
  let atFirst = tally.sums;
  const breakDue = breaks(clock);
  const items = iteratorOf(await itemsOf(job, input, context));
  const newStep = stepMaker(job, input);
  let [looked, counted] = [0, 0];
  try {
    while (!context.signal.aborted) {
      // A plan of nothing but short parts would let neither the deadline strike nor other requests be answered. Whatever need
      // not be waited for is not: of a hundred thousand items that is most of the time.
      const pause = breakDue();
      if (pause !== null) await pause;
      const next = items.next();
      const { done, value: item } = 'then' in next ? await next : next;
      if (done) break;
      const step = newStep(item, `item ${looked + 1} of its plan`);
      looked += 1;
      if (step.counted) counted += 1;
      tally.add(step);
      if (!repeats || looked <= PLANNED_AT_ONCE) {
        steps.push(step);
        atFirst = tally.sums;
      }
      if (counted > maxSteps || looked - counted > maxSteps) {
        // What is past the job's own limit is left out, however much of it there is.
        if (counted > maxSteps && job.limit(input) <= maxSteps) break;
        throw new TobiishiError('too-many-steps', `job ${job.name} planned over ${maxSteps} steps`, { max: maxSteps });
      }
    }
  } finally {
    await items.return?.();
  }
  const all = tally.sums;
  const later = { steps: all.steps - atFirst.steps, counted: all.counted - atFirst.counted };
  const last = steps.at(-1);
  const planned = later.steps === 0 || !last ? null : { offset: steps.length, last: markOf(last.item), ...later };
  return { steps, maxTotal, planned, droppedLater: all.dropped - atFirst.dropped };
}

export function iteratorOf(items: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Counts the steps of a plan as `addSteps` adds them. */
class Tally {
  readonly #keys = new Set<string>();
  #sums = { steps: 0, counted: 0, dropped: 0 };

  constructor(private readonly most: number) {}

  get sums() {
    return { ...this.#sums };
  }

  add({ key, counted = true }: NewStep): void {
    const sums = this.#sums;
    if (key !== null && this.#keys.has(key)) return;
    if (counted && sums.counted >= this.most) {
      sums.dropped += 1;
      return;
    }
    if (key !== null) this.#keys.add(key);
    sums.steps += 1;
    if (counted) sums.counted += 1;
  }
}

/** Tells whether a plan that is made again is the same so far. */
export function markOf(item: Item): string {
  return createHash('sha256').update(JSON.stringify(item)).digest('base64url').slice(0, 16);
}

/** Items are made while they are asked for. Throws a `JobError` for what is no plan. */
export async function itemsOf(
  job: Job,
  input: Input,
  context: FormContext,
): Promise<Iterable<Item> | AsyncIterable<Item>> {
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
  const newStep = stepMaker(job, input);
  return items.map((item, i) => newStep(item, `items[${i}]`));
}

/** Makes steps of items that come one after the other. What it returns throws a `JobError` for one that is no JSON. */
export function stepMaker(job: Job, input: Input): (item: Item, name: string) => NewStep {
  const dealt = new Map<string, number>();
  /** Steps that are executed side by side are dealt out to as many lanes. */
  const sideOf = (lane: string, abreast: number) => {
    const count = dealt.get(lane) ?? 0;
    dealt.set(lane, count + 1);
    return `${lane} ${count % abreast}`;
  };
  return (item, name) => {
    const problem = jsonProblem(item, name);
    if (problem !== null) throw new JobError(job.name, `${problem}; an item must be JSON`);
    const key: unknown = job.key(item, input);
    if (key !== null && typeof key !== 'string')
      throw new JobError(job.name, `key() must return a text or null: ${name}`);
    const lane: unknown = job.lane(item, input);
    if (typeof lane !== 'string') throw new JobError(job.name, `lane() must return a text: ${name}`);
    const abreast: unknown = job.abreast(item, input);
    if (!isWhole(abreast) || abreast < 1)
      throw new JobError(job.name, `abreast() must return a whole number from 1 on: ${name}`);
    const side = abreast > 1 ? sideOf(lane, abreast) : lane;
    return { item, key: shortKey(key), lane: side, counted: job.counts(item, input) };
  };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Longer keys are kept as their hash: stores look each of them up. */
const LONGEST_KEY = 200;

function shortKey(key: string | null): string | null {
  if (key === null || key.length <= LONGEST_KEY) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
