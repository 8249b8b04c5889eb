import type { EngineDeps } from './deps.js';
import { Driver } from './driver.js';
import { Runs } from './runs.js';

/** What one instance does with runs. Nothing outlives `driver.stop()`. */
export interface Engine {
  readonly runs: Runs;
  readonly driver: Driver;
}

export function createEngine(deps: EngineDeps): Engine {
  const driver = new Driver(deps);
  return { driver, runs: new Runs(deps, driver) };
}
