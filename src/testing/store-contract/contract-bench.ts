import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from 'node:test';
import type { Claim, Recording } from '../../core/claim.js';
import { chooseNext } from '../../core/lanes.js';
import type { NewRun, RunState } from '../../core/run.js';
import { claimRun, recordStep, releaseClaim, takeSteps } from '../../core/run-changes.js';
import type { Item, NewStep, Row } from '../../core/step.js';
import type { Store } from '../../core/store.js';
import { FrozenClock } from '../frozen-clock.js';

export const LEASE_MS = 15_000;
export const FAILURE = { code: 'broken', message: 'it broke', params: {} };

export const steps = (...items: Item[]): NewStep[] => items.map((item) => ({ item, key: null, lane: '' }));

export const keyed = (...keys: string[]): NewStep[] => keys.map((key) => ({ item: key, key, lane: '' }));

export const done = (rows: Row[] = [], items: NewStep[] = []): Recording => ({
  status: 'done',
  outcome: { rows },
  items,
  stats: {},
});

export interface ContractOptions {
  /** How many unfinished runs a visitor may have in this store. Default 10. */
  readonly maxUnfinished?: number;
}

/** An empty store for each test, and what tests do with it again and again. */
export class ContractBench {
  store!: Store;
  clock!: FrozenClock;
  readonly maxUnfinished: number;

  constructor(open: (clock: FrozenClock) => Promise<Store>, { maxUnfinished = 10 }: ContractOptions) {
    this.maxUnfinished = maxUnfinished;
    beforeEach(async () => {
      this.clock = new FrozenClock();
      this.store = await open(this.clock);
    });
    afterEach(() => this.store.close());
  }

  // Arrow functions: tests take them out of the bench.

  readonly create = (items: NewStep[], more: Partial<NewRun> = {}) => {
    const run = {
      id: randomUUID(),
      visitorId: 'visitor',
      network: null,
      job: 'job',
      version: 1,
      input: { a: '日本語' },
      maxTotal: 1000,
    };
    return this.store.createRun({ ...run, ...more }, items, this.maxUnfinished);
  };

  readonly claimed = async (runId: string, seq = 0): Promise<Claim> => {
    const claim = await this.store.change(claimRun(runId, seq, LEASE_MS, 0));
    assert.ok(claim, 'the claim is granted');
    return claim;
  };

  /** Claims, takes and records the next `count` steps. */
  readonly recordNext = async (runId: string, seq: number, count = 1, recording: Recording = done()): Promise<void> => {
    const claim = await this.claimed(runId, seq);
    for (let i = 0; i < count; i += 1) {
      const [step] = (await this.store.change(takeSteps(claim, 1)))?.steps ?? [];
      assert.ok(step);
      await this.store.change(recordStep(claim, step.position, recording, { take: 0 }));
    }
    await this.store.change(releaseClaim(claim));
  };

  /** What comes next where a step asks for the turns of its item. */
  readonly nextOf = async (run: RunState) => {
    const heads = await this.store.listUpcoming(run);
    return chooseNext(heads, await this.store.turnWaits(heads.map(({ step }) => String(step.item))));
  };
}
