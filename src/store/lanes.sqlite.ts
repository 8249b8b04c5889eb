import type { Clock } from '../core/clock.js';
import type { RunState } from '../core/run.js';
import type { NewStep } from '../core/step.js';
import type { Handed } from '../core/store.js';
import { type Added, type Head, handOut, type PlacedStep, placeSteps } from './decisions.js';
import type { KnownRuns } from './known-runs.sqlite.js';
import { type Record, toHead } from './records.js';
import type { Statements } from './statements.sqlite.js';

/** The lines in which a run's steps wait, one for each lane. Each call is part of a transaction. */
export class Lanes {
  constructor(
    private readonly sql: Statements,
    private readonly clock: Clock,
    private readonly known: KnownRuns,
  ) {}

  take(run: RunState, count: number): Handed {
    const only = this.known.takeHead(run.id);
    return this.#take(run, count, only ? [only] : this.#list(run, count));
  }

  /** After a recording that made heads: `next` will be, `added` are known as such. */
  takeAfter(run: RunState, count: number, next: readonly Head[], added: readonly Head[]): Handed {
    return this.#take(run, count, this.#hasOthers(run.id, run.epoch, added) ? this.#list(run, count) : added, next);
  }

  /** Instead of `takeAfter`, when nobody takes a step before the next claim. */
  leaveAfter(run: RunState, next: readonly Head[], added: readonly Head[]): void {
    this.moveUp(next);
    const all = [...next, ...added];
    const [first] = all;
    const nextEpoch = run.epoch + 1;
    if (first?.step.dueAt === null && all.length === 1 && !this.#hasOthers(run.id, nextEpoch, all))
      this.known.setHead(run.id, first);
  }

  /** What becomes a head now that the step at `position`, which was one, is recorded or moved: none or one. */
  headsAfter(runId: string, position: number): Head[] {
    const record = this.sql.findHead.get(runId, position, this.clock.now()) as Record | undefined;
    return record === undefined || record['head'] === 1 ? [] : [toHead(runId, record)];
  }

  moveUp(heads: readonly Head[]): void {
    for (const { step } of heads) this.sql.moveUp.run(step.runId, step.position);
  }

  /** The steps that a run begins with. */
  start({ id, maxTotal }: Pick<RunState, 'id' | 'maxTotal'>, steps: readonly NewStep[]): Added {
    const none = () => false;
    const added = placeSteps({ total: 0, maxTotal }, steps, none, none);
    for (const step of added.placed) this.#insert(id, step, step.head);
    return added;
  }

  add(run: Pick<RunState, 'id' | 'total' | 'maxTotal'>, steps: readonly NewStep[]): Added {
    const isKnown = (key: string) => this.sql.findKey.get(run.id, key) !== undefined;
    const isBusy = (lane: string) => this.sql.findLane.get(run.id, lane) !== undefined;
    const added = placeSteps(run, steps, isKnown, isBusy);
    for (const step of added.placed) this.#insert(run.id, step, step.head);
    return added;
  }

  #take(run: RunState, count: number, heads: readonly Head[], next: readonly Head[] = []): Handed {
    const all = [...next, ...heads];
    const handed = handOut(run, all, count, this.clock.now());
    const taken = new Set(handed.steps.map(({ position }) => position));
    for (const head of all) {
      const { position, dueAt } = head.step;
      if (!taken.has(position)) continue;
      const take = dueAt === null && !next.includes(head) ? this.sql.takeHead : this.sql.takeStep;
      take.run(run.epoch, run.id, position);
    }
    this.moveUp(next.filter(({ step }) => !taken.has(step.position)));
    return handed;
  }

  #list(run: RunState, count: number): Head[] {
    const records = this.sql.listHeads.all(run.id, this.clock.now(), run.epoch, count + 1) as Record[];
    return records.map((record) => toHead(run.id, record));
  }

  /** Often there are none, which is asked in a fifth of the time that a list takes. */
  #hasOthers(runId: string, epoch: number, heads: readonly Head[]): boolean {
    return this.sql.hasHeads.get(runId, epoch, heads.length) !== undefined;
  }

  #insert(runId: string, { position, lane, key, item }: PlacedStep, isHead: boolean): void {
    this.sql.insertStep.run(runId, position, lane, position, key, JSON.stringify(item), isHead ? 1 : 0);
  }
}
