import type { Notify } from '../core/observer.js';
import type { EngineDeps } from './deps.js';
import { Driver } from './driver.js';
import { RunEvents } from './run-events.js';
import { Runs } from './runs.js';

/** What one instance does with runs. Nothing outlives `driver.stop()`. */
export interface Engine {
  readonly runs: Runs;
  readonly driver: Driver;
  /** Tells the observers of what happens outside the engine. */
  readonly notify: Notify;
}

export function createEngine(deps: EngineDeps): Engine {
  const events = new RunEvents(deps);
  const driver = new Driver(deps, events);
  return { driver, runs: new Runs(deps, driver, events), notify: events.notify };
}
