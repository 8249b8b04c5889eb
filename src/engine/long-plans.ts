import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { breaks } from '../core/event-loop.js';
import { ownerOf } from '../core/fair-shares.js';
import type { Job } from '../core/job.js';
import { JobError } from '../core/job-error.js';
import { LruCache } from '../core/lru-cache.js';
import type { Input, PlanRest, RunState } from '../core/run.js';
import type { NextPlanned } from '../core/run-changes.js';
import type { Item, NewStep } from '../core/step.js';
import { itemsOf, iteratorOf, markOf, PLANNED_AT_ONCE, stepMaker } from './plan.js';

/** So many plans stay where they are, to be gone on with at once; others are made again from their beginning. */
const MOST_OPEN = 4;
/** The keys of so many plans are known. */
const MOST_KEYS = 4;

interface OpenPlan {
  readonly items: Iterator<Item> | AsyncIterator<Item>;
  readonly offset: number;
  readonly last: string;
}

/** The rests of long plans, made when their steps are needed. */
export class LongPlans {
  readonly #open = new Map<string, OpenPlan>();
  readonly #keys = new LruCache<ReadonlySet<string>>(MOST_KEYS);
  readonly #closed = new AbortController();

  constructor(private readonly clock: Clock) {}

  /** What comes next in the run's plan. Throws a `JobError` when it is not the plan that the run began with. */
  async next(job: Job, input: Input, run: RunState & { readonly planned: PlanRest }): Promise<NextPlanned> {
    const { id, planned } = run;
    const open = this.#take(id);
    const isThere = open?.offset === planned.offset && open.last === planned.last;
    if (!isThere) await open?.items.return?.();
    const items = isThere ? open.items : await this.#again(job, input, run);
    const breakDue = breaks(this.clock);
    const newStep = stepMaker(job, input);
    const steps: NewStep[] = [];
    let { last } = planned;
    while (steps.length < PLANNED_AT_ONCE) {
      await breakDue();
      const { done, value } = await items.next();
      if (done) return { offset: planned.offset, items: steps, last, isOver: true };
      steps.push(newStep(value, `item ${planned.offset + steps.length + 1} of its plan`));
      if (steps.length === PLANNED_AT_ONCE) last = markOf(value);
    }
    this.#keep(id, { items, offset: planned.offset + steps.length, last });
    return { offset: planned.offset, items: steps, last, isOver: false };
  }

  /** Those of `found` that the run's plan does not have: it may not have been gone through yet. */
  async unplanned(job: Job, input: Input, run: RunState, found: readonly NewStep[]): Promise<readonly NewStep[]> {
    if (found.every(({ key }) => key === null)) return found;
    let keys = this.#keys.get(run.id);
    if (keys === undefined) {
      keys = await this.#keysOf(job, input, run);
      this.#keys.set(run.id, keys);
    }
    return found.filter(({ key }) => key === null || !keys.has(digest(key)));
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const { items } of this.#open.values()) await items.return?.();
    this.#open.clear();
  }

  /** The plan from its beginning, without what was looked at. */
  async #again(job: Job, input: Input, run: RunState & { readonly planned: PlanRest }): Promise<OpenPlan['items']> {
    const { offset, last } = run.planned;
    const items = iteratorOf(await this.#itemsOf(job, input, run));
    const breakDue = breaks(this.clock);
    let value: Item | undefined;
    for (let looked = 0; looked < offset; looked += 1) {
      await breakDue();
      const next = await items.next();
      if (next.done) throw notTheSame(job);
      value = next.value;
    }
    if (value === undefined || markOf(value) !== last) throw notTheSame(job);
    return items;
  }

  async #keysOf(job: Job, input: Input, run: RunState): Promise<ReadonlySet<string>> {
    const breakDue = breaks(this.clock);
    const newStep = stepMaker(job, input);
    const keys = new Set<string>();
    for await (const item of await this.#itemsOf(job, input, run)) {
      await breakDue();
      const { key } = newStep(item, 'an item of its plan');
      if (key !== null) keys.add(digest(key));
    }
    return keys;
  }

  #itemsOf(job: Job, input: Input, run: RunState) {
    return itemsOf(job, input, { owner: ownerOf(run), signal: this.#closed.signal });
  }

  /** It is nobody else's until it is kept again. */
  #take(runId: string): OpenPlan | undefined {
    const open = this.#open.get(runId);
    this.#open.delete(runId);
    return open;
  }

  #keep(runId: string, plan: OpenPlan): void {
    this.#open.set(runId, plan);
    const [oldest] = this.#open;
    if (this.#open.size <= MOST_OPEN || oldest === undefined) return;
    this.#open.delete(oldest[0]);
    // Nobody waits for it, and what it throws changes nothing.
    void Promise.resolve(oldest[1].items.return?.()).catch(() => {});
  }
}

function notTheSame(job: Job): JobError {
  return new JobError(job.name, 'plan() made other items than at first: `repeatablePlan` must be false for such a job');
}

/** Eighty bits: a long plan has some hundred thousand keys. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('binary').slice(0, 10);
}
