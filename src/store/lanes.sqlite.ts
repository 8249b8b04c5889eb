import type { Clock } from '../core/clock.js';
import type { RunState } from '../core/run.js';
import type { NewStep } from '../core/step.js';
import type { Handed } from '../core/store.js';
import { type Added, type Head, handOut, type PlacedStep, placeSteps } from './decisions.js';
import { type Record, toHead } from './records.js';
import type { Statements } from './statements.sqlite.js';

/** The lines in which a run's steps wait, one for each lane. Each call is part of a transaction. */
export class Lanes {
  constructor(
    private readonly sql: Statements,
    private readonly clock: Clock,
  ) {}

  /** `fresh` are heads that are not known as such yet. */
  take(run: RunState, count: number, fresh: readonly Head[] = []): Handed {
    const now = this.clock.now();
    const heads = [...fresh];
    // Beside fresh ones there are often no others, which is asked in a fifth of the time.
    if (fresh.length === 0 || this.sql.hasHeads.get(run.id, run.epoch) !== undefined) {
      const records = this.sql.listHeads.all(run.id, now, run.epoch, count + 1) as Record[];
      for (const record of records) heads.push(toHead(run.id, record));
    }
    const handed = handOut(run, heads, count, now);
    const taken = new Set(handed.steps.map(({ position }) => position));
    for (const position of taken) this.sql.takeStep.run(run.epoch, run.id, position);
    this.moveUp(fresh.filter(({ step }) => !taken.has(step.position)));
    return handed;
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

  /** Those that are heads are not known as such yet. */
  add(run: Pick<RunState, 'id' | 'total' | 'maxTotal'>, steps: readonly NewStep[]): Added {
    const isKnown = (key: string) => this.sql.findKey.get(run.id, key) !== undefined;
    const isBusy = (lane: string) => this.sql.findLane.get(run.id, lane) !== undefined;
    const added = placeSteps(run, steps, isKnown, isBusy);
    for (const step of added.placed) this.#insert(run.id, step, false);
    return added;
  }

  #insert(runId: string, { position, lane, key, item }: PlacedStep, isHead: boolean): void {
    this.sql.insertStep.run(runId, position, lane, position, key, JSON.stringify(item), isHead ? 1 : 0);
  }
}
