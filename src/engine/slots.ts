import { FairShares, type Owner, ownersOf } from '../core/fair-shares.js';
import type { RunState } from '../core/run.js';

/** The slots for steps at work in this process, shared by visitors and by the networks that they come from. */
export class Slots {
  readonly #shares: FairShares;

  constructor(readonly count: number) {
    this.#shares = new FairShares(count);
  }

  /** How many are taken; more than there are while steps wake up that had given theirs back. */
  get taken(): number {
    return this.count - this.#shares.free;
  }

  of(run: Pick<RunState, 'visitorId' | 'network'>): RunSlots {
    return new RunSlots(this.#shares, ownersOf(run));
  }
}

/** What one run may have of the slots. Whoever takes some gives them back, whatever happens. */
export class RunSlots {
  constructor(
    private readonly shares: FairShares,
    private readonly owners: readonly Owner[],
  ) {}

  /** Whether this run gets none now: others may. */
  get isFull(): boolean {
    return this.shares.room(this.owners) === 0;
  }

  /** Takes up to `count` slots; answers how many. */
  acquire(count: number): number {
    return this.shares.take(this.owners, count);
  }

  release(count: number): void {
    this.shares.give(this.owners, count);
  }

  /** Takes one that may not be there: a step that wakes up goes on, and others wait a little longer. */
  reclaim(): void {
    this.shares.move(this.owners, 1);
  }
}
