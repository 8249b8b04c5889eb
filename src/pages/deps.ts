import type { AbuseLog } from '../core/abuse-log.js';
import type { May } from '../core/access.js';
import type { ApiTokenStore } from '../core/api-tokens.js';
import type { Clock } from '../core/clock.js';
import type { FileStore } from '../core/files.js';
import type { Job } from '../core/job.js';
import type { Memory } from '../core/memory.js';
import type { Disk } from '../core/quotas.js';
import type { RestingTurns } from '../core/resting-turns.js';
import type { ScheduleStore } from '../core/schedules.js';
import type { SecretBox } from '../core/secrets.js';
import type { Store } from '../core/store.js';
import type { UploadStore } from '../core/upload.js';
import type { WatchStore } from '../core/watches.js';
import type { WebhookStore } from '../core/webhooks.js';
import type { Blocks } from '../engine/blocks.js';
import type { Driver } from '../engine/driver.js';
import type { Metrics } from '../engine/metrics.js';
import type { Runs } from '../engine/runs.js';
import type { Downloads } from '../http/downloads.js';
import type { Gate } from '../http/gate.js';
import type { Limits } from '../http/limits.js';

/** What the page actions work with. */
export interface PageDeps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly runs: Runs;
  readonly driver: Driver;
  /** For reading only: what changes a run goes through `runs` and `driver`. */
  readonly store: Store;
  /** Null where nothing goes on with runs that have no page. */
  readonly schedules: ScheduleStore | null;
  /** Where files of forms are. */
  readonly uploads: UploadStore;
  /** Null where none can be kept. */
  readonly files: FileStore | null;
  /** What rows the runs of watches have had; null where nothing is kept from run to run. */
  readonly watches: WatchStore | null;
  /** Null where visitors' programs have none: the store keeps nothing. */
  readonly tokens: ApiTokenStore | null;
  /** How often visitors may ask for what costs the server something. */
  readonly limits: Limits;
  /** The disk of the store; null where that is elsewhere. */
  readonly disk: Disk | null;
  readonly downloads: Downloads;
  /** In which downloads, long forms and large rows have the thread. */
  readonly turns: RestingTurns;
  /** Who may do what with which run. */
  readonly may: May;
  readonly clock: Clock;
  /** For the forms that are read. */
  readonly memory: Memory;
  /** After how long the host cuts a request, as the operator says. */
  readonly hostTimeoutMs: number;
  /** For how long a run is kept that nobody touches. */
  readonly keptForMs: number;
  /** Where browsers find the site, as the operator says: `https://jobs.example.org`. Null: where they say that it is. */
  readonly siteUrl: string | null;
  /** Where the operator can be reached, a web or mail address; null when they do not say. */
  readonly contact: string | null;
  /** Where runs are kept, in a word for the operator: `PostgreSQL`, or the file. */
  readonly storeName: string;
  /** On whose disk the room is measured; null where there is no file of ours. */
  readonly databaseFile: string | null;
  /** Who sees the operator's pages; null where there are none. */
  readonly operator: Gate | null;
  /** What the operator blocks. */
  readonly blocks: Blocks;
  /** Who had which hosts asked. */
  readonly abuseLog: AbuseLog;
  /** For how long that is kept; 0: not at all. */
  readonly logKeptForMs: number;
  /** Null where nobody may read them. */
  readonly metrics: Metrics | null;
  /** By which they are read without the operator's password. */
  readonly metricsToken: string | null;
  /** Whether shared runs are shown to those whom `ACCESS` keeps out. */
  readonly opensShared: boolean;
  /** Null where a visitor's browser carries everything. */
  readonly webhooks: PageWebhooks | null;
  /** Whether runs go on while nobody asks for their steps, unless their owner says otherwise. */
  readonly background: boolean;
  /** Whether `/styles` is there. */
  readonly showsStyles: boolean;
}

/** What a page needs to have visitors told of the runs that end. */
export interface PageWebhooks {
  readonly store: WebhookStore;
  readonly secretBox: Pick<SecretBox, 'seal'>;
  /** Throws a `StepError` for an address to which nothing is sent. */
  check(url: string): void;
}
