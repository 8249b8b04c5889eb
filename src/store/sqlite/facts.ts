import type { Facts, Needs } from '../../core/decision.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';
import { type DatabaseRecord, plainText, STEP } from '../columns.js';
import { isHead, type RunCache } from './run-cache.js';
import type { Statements } from './statements.js';

/** So many steps of a lane are read at once, where those of the run are short. */
export const READ_AHEAD = 8;
/** They are short when one of them takes fewer than this on average. */
const SHORT_BYTES = 2000;

export function isShort({ bytes, total }: RunState): boolean {
  return bytes < SHORT_BYTES * total;
}

/** What a change is decided from, each read when asked for: part of the transaction that writes the decision. */
export class SqliteFacts implements Facts {
  /** Steps as they were read, by position. */
  readonly #read = new Map<number, StepRecord>();
  #step: StepRecord | null | undefined;
  #next: StepRecord | null | undefined;

  constructor(
    readonly run: RunState,
    readonly now: number,
    private readonly needs: Needs,
    /** That steps handed out under it are not handed out again; null: all are. */
    private readonly epoch: number | null,
    private readonly sql: Statements,
    private readonly cache: RunCache,
  ) {}

  /** A step as it was when it was read. */
  before(position: number): StepRecord {
    const step = this.#read.get(position);
    if (step === undefined) throw new Error(`step ${this.run.id}:${position} was not read before it was changed`);
    return step;
  }

  get step(): StepRecord | null {
    if (this.#step === undefined) this.#step = this.#findStep();
    return this.#step;
  }

  get next(): StepRecord | null {
    if (this.#next === undefined) {
      const { step } = this;
      const mayBeSome = step?.head && !this.#isOnlyStep(step);
      this.#next = mayBeSome ? this.#noted(this.#findNext(step)) : null;
    }
    return this.#next;
  }

  get heads(): readonly StepRecord[] {
    const { count } = this.needs;
    if (count === undefined) return [];
    const only = this.cache.onlyHead(this.run.id);
    if (only !== null) {
      this.#read.set(only.position, only);
      return only.position === this.step?.position ? [] : [only];
    }
    if (this.step !== null && isHead(this.step) && this.cache.headCount(this.run.id) === 1) return [];
    const place = [this.run.id, this.epoch ?? -1, this.needs.position ?? 0] as const;
    // Mostly there are none, which is asked in a fifth of the time.
    if (this.sql.hasHeads.get(...place) === undefined) return [];
    return this.sql.listHeads.all(...place, this.now, count + 1).flatMap((record) => this.#noted(record) ?? []);
  }

  // Arrow functions: decisions hand them on.

  readonly isKnown = (key: string): boolean => this.sql.findKey.get(this.run.id, plainText(key)) !== undefined;

  readonly isBusy = (lane: string): boolean => {
    const { step } = this;
    if (step?.head && step.lane === lane) return this.next !== null;
    if (step !== null && this.#isOnlyStep(step)) return false;
    return this.sql.hasNext.get(this.run.id, plainText(lane), step?.position ?? 0) !== undefined;
  };

  /** Whether it is the only one that waits. */
  #isOnlyStep({ seq: recordedAs }: StepRecord): boolean {
    const { total, planned, seq } = this.run;
    return recordedAs === null && total - (planned?.steps ?? 0) - seq === 1;
  }

  #findStep(): StepRecord | null {
    const position = this.needs.position ?? this.run.gaveUpPosition;
    if (position === null) return null;
    const cached = this.cache.stepAtWork(this.run.id, position);
    if (cached === undefined) return this.#noted(this.sql.findStep.get(this.run.id, position));
    this.#read.set(position, cached);
    return cached;
  }

  /** Those after it, too, where nothing else can come next: to read them all takes hardly longer than to read one. */
  #findNext({ lane, position }: StepRecord): DatabaseRecord | undefined {
    const { id } = this.run;
    const known = this.cache.nextBehind(id, position);
    if (known !== undefined) return known;
    const isMany = this.cache.headCount(id) === 1 && isShort(this.run);
    const records = this.sql.listNext.all(id, lane, position, isMany ? READ_AHEAD : 1) as DatabaseRecord[];
    if (records.length > 1) this.cache.setBehind(id, position, records);
    return records[0];
  }

  #noted(record: unknown): StepRecord | null {
    if (record === undefined) return null;
    const step = STEP.read(record as DatabaseRecord);
    this.#read.set(step.position, step);
    return step;
  }
}
