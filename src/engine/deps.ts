import type { AbuseLog } from '../core/abuse-log.js';
import type { Budget } from '../core/budget.js';
import type { Clock } from '../core/clock.js';
import type { FileStore } from '../core/files.js';
import type { Job } from '../core/job.js';
import type { Memory } from '../core/memory.js';
import type { Observer } from '../core/observer.js';
import type { Disk, Quotas } from '../core/quotas.js';
import type { SecretBox } from '../core/secrets.js';
import type { Store } from '../core/store.js';
import type { UploadStore } from '../core/upload.js';
import type { WatchStore } from '../core/watches.js';
import type { Blocks } from './blocks.js';
import type { HostWatch } from './host-watch.js';
import type { SealedInputs } from './sealed-inputs.js';
import type { StorageGuard } from './storage-guard.js';

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
  /** The most unfinished runs a visitor may have. Default 10. */
  readonly maxUnfinished?: number;
  /** About how many bytes may be kept of a run before it stops. Default: any. */
  readonly maxRunBytes?: number;
  /** What may be kept of all the runs of somebody. Default: anything. */
  readonly quotas?: Quotas | null;
  /** The disk of the store. Default: it is not known, and never low. */
  readonly disk?: Disk | null;
  /** Whether runs are with workers, elsewhere: who asks for steps watches, and executes them where nothing moves. Default: no. */
  readonly watchesWorkers?: boolean;
  readonly observers?: readonly Observer[];
  /** Between 0 and 1; for the jitter of retries. */
  readonly random?: () => number;
  /** What may be in flight. Default: without a limit. */
  readonly memory?: Memory;
  /** Seals what is secret in the store. Default: one that is lost with the process. */
  readonly secretBox?: SecretBox;
  /** Where the files of steps are kept. Default: nowhere, and a step that returns one fails. */
  readonly files?: FileStore | null;
  /** What rows the runs of watches have had. Default: it is not kept. */
  readonly watches?: WatchStore | null;
  /** Where the files of forms are. Default: nowhere, and what they hold is lost. */
  readonly uploads?: Pick<UploadStore, 'read'> | null;
  /** What the operator blocks. Default: nothing. */
  readonly blocks?: Blocks | null;
  /** Who had which hosts asked. Default: it is not kept. */
  readonly abuseLog?: AbuseLog | null;
}

/** With what is made of them for an engine's parts. */
export interface EngineParts extends EngineDeps {
  readonly secretBox: SecretBox;
  readonly memory: Memory;
  readonly inputs: SealedInputs;
  readonly hosts: HostWatch;
  readonly guard: StorageGuard;
}
