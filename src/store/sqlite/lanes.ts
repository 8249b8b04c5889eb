import type { Clock } from '../../core/clock.js';
import type { RunState } from '../../core/run.js';
import type { NewStep } from '../../core/step.js';
import type { Handed } from '../../core/store.js';
import { type Added, type Head, handOut, type PlacedStep, placeSteps } from '../decisions.js';
import { type Record, toHead } from '../records.js';
import type { KnownRuns } from './run-cache.js';
import type { Statements } from './statements.js';

/** The lines in which a run's steps wait, one for each lane. Each call is part of a transaction. */
export class Lanes {
  constructor(
    private readonly sql: Statements,
    private readonly clock: Clock,
    private readonly known: KnownRuns,
  ) {}

  take(run: RunState, count: number): Handed {
    const only = this.known.head(run.id);
    this.known.forgetHead(run.id);
    return this.#take(run, count, only ? [only] : this.#list(run, count));
  }

  /** After a recording: `next` is to be moved up, `added` were inserted as heads. */
  takeAfter(run: RunState, count: number, next: readonly Head[], added: readonly Head[]): Handed {
    const all = this.#hasMoreHeads(run.id, run.epoch, added.length) ? this.#list(run, count) : added;
    return this.#take(run, count, all, next);
  }

  /** Instead of `takeAfter`, when nobody takes a step before the next claim. */
  leaveAfter(run: RunState, next: readonly Head[], added: readonly Head[]): void {
    this.moveUp(next);
    const [first, ...others] = [...next, ...added];
    // For the next claim, steps that are still at work under this one are heads like others.
    const isOnly = first?.step.dueAt === null && others.length === 0 && !this.#hasMoreHeads(run.id, run.epoch + 1, 1);
    if (isOnly) this.known.setHead(run.id, first);
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
    const moving = new Map(next.map((head) => [head.step.position, head]));
    for (const { position } of handed.steps) {
      const isHead = !moving.delete(position);
      if (isHead && this.sql.takeHead.run(run.epoch, run.id, position).changes === 1) continue;
      this.sql.takeStep.run(run.epoch, run.id, position);
    }
    this.moveUp([...moving.values()]);
    return handed;
  }

  #list(run: RunState, count: number): Head[] {
    const records = this.sql.listHeads.all(run.id, this.clock.now(), run.epoch, count + 1) as Record[];
    return records.map((record) => toHead(run.id, record));
  }

  /** Than `count`, of those not at work under the epoch: mostly there are none, which is asked in a fifth of the time. */
  #hasMoreHeads(runId: string, epoch: number, count: number): boolean {
    return this.sql.hasMoreHeads.get(runId, epoch, count) !== undefined;
  }

  #insert(runId: string, { position, lane, key, item }: PlacedStep, isHead: boolean): void {
    this.sql.insertStep.run(runId, position, lane, position, key, JSON.stringify(item), isHead ? 1 : 0);
  }
}
