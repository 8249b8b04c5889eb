import type { Budget } from '../core/budget.js';
import type { Clock } from '../core/clock.js';
import type { Job } from '../core/job.js';
import type { Observer } from '../core/observer.js';
import type { Store } from '../core/store.js';

/** What one instance's engine works with. */
export interface EngineDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly store: Store;
  readonly clock: Clock;
  readonly budget: Budget;
  /** The most steps any run may have. */
  readonly maxSteps: number;
  /** The most steps that may be at work at once in this process. */
  readonly maxWorking?: number;
  readonly observers?: readonly Observer[];
  /** Between 0 and 1; for the jitter of retries. */
  readonly random?: () => number;
}
