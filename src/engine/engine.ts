import { randomBytes } from 'node:crypto';
import { StepError } from '../core/errors.js';
import { Memory } from '../core/memory.js';
import type { Notify } from '../core/observer.js';
import { SecretBox } from '../core/secrets.js';
import type { EngineDeps, EngineParts } from './deps.js';
import { Driver } from './driver.js';
import { HostWatch } from './host-watch.js';
import { RunEvents } from './run-events.js';
import { Runs } from './runs.js';
import { SealedInputs } from './sealed-inputs.js';
import { StorageGuard } from './storage-guard.js';

const NO_UPLOADS = {
  // biome-ignore lint/correctness/useYield: there is nothing
  async *read(): AsyncGenerator<Uint8Array> {
    throw new StepError('file-missing', 'files of forms are not kept here', { retry: false });
  },
};

/** What one instance does with runs. Nothing outlives `driver.stop()`. */
export interface Engine {
  readonly runs: Runs;
  readonly driver: Driver;
  /** Tells the observers of what happens outside the engine. */
  readonly notify: Notify;
}

export function createEngine(deps: EngineDeps): Engine {
  const { secretBox = new SecretBox([randomBytes(32).toString('hex')]), blocks = null, abuseLog = null, clock } = deps;
  const { memory = new Memory(Infinity, clock) } = deps;
  const hosts = new HostWatch(blocks, abuseLog, clock);
  const parts: EngineParts = {
    ...deps,
    secretBox,
    memory,
    inputs: new SealedInputs(secretBox, deps.uploads ?? NO_UPLOADS),
    hosts,
    guard: new StorageGuard(deps.store, clock, deps.quotas ?? null, deps.disk ?? null),
  };
  const events = new RunEvents(parts);
  const driver = new Driver(parts, events);
  return { driver, runs: new Runs(parts, driver, events), notify: events.notify };
}
