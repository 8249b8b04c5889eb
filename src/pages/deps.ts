import type { Clock } from '../core/clock.js';
import type { Job } from '../core/job.js';
import type { Store } from '../core/store.js';
import type { Engine } from '../engine/engine.js';

/** What the page actions work with. */
export interface PageDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly engine: Engine;
  /** For reading only: what changes a run goes through the engine. */
  readonly store: Store;
  readonly clock: Clock;
  /** After how long the host cuts a request, as the operator says. */
  readonly hostTimeoutMs: number;
}
