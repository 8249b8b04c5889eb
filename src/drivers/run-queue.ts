import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PgBoss } from 'pg-boss';
import { TobiishiError } from '../core/errors.js';
import type { ExecuteSql } from '../core/hand-over.js';

const QUEUE = 'tobiishi-runs';
const PACKAGE = 'npm install pg-boss@12';
/** What pg-boss 12 runs on. npm installs an older one on an older Node.js, without a word. */
const LEAST_NODE = [22, 12] as const;
const LEAST_VERSION = 12;

/** A worker that says nothing for so long is gone. pg-boss allows no less than 10. */
const HEARTBEAT_SECONDS = 10;
const REFRESH_SECONDS = 2;
/** So often dead workers are looked for: the lease of the run's claim ends within 10 s, too. */
const SUPERVISE_SECONDS = 1;
/** A job that was taken from a dead worker is not told of, nor is any behind a pooler that keeps no session. */
const POLL_SECONDS = 1;
/** Only a bound: what a job may take is what its run may take, and a worker hands its run on long before. */
const EXPIRE_SECONDS = 12 * 60 * 60;
/** A run whose job has failed so often is found and sent again by the next look. */
const RETRIES = 3;
const STOP_WITHIN_MS = 20_000;

/** An address, or a pool of somebody else's. */
export type QueueDatabase = string | { readonly executeSql: ExecuteSql };

/** What is used of a `pg.Pool`. */
interface Pool {
  query(config: never): Promise<unknown>;
}

export function queueDatabase(database: string | Pool): QueueDatabase {
  if (typeof database === 'string') return database;
  const query = database.query.bind(database) as (config: object) => Promise<{ rows: unknown[] }>;
  return { executeSql: (text, values) => query({ text, values }) };
}

export interface QueueOptions {
  /** Whether this process executes runs, or only sends them. */
  readonly works: boolean;
  /** What goes wrong between calls, such as a connection that breaks. */
  onError(error: unknown): void;
}

/**
 * The queue of runs to be executed, in the same PostgreSQL: one job a run. It says when and by whom, and no more; what was
 * done is in the run, and the claim decides who may go on with it.
 */
export class RunQueue {
  private constructor(private readonly boss: PgBoss) {}

  /** Throws `store-unavailable`, with what to do, where the package or the Node.js it needs is missing. */
  static async load(database: QueueDatabase, { works, onError }: QueueOptions): Promise<RunQueue> {
    checkNode(process.versions.node);
    const { PgBoss } = await import('pg-boss').catch(refuse);
    checkVersion(installedVersion());
    const boss = new PgBoss({
      ...(typeof database === 'string'
        ? { connectionString: database, max: works ? 4 : 2 }
        : { db: adapter(database) }),
      application_name: 'tobiishi',
      useListenNotify: works,
      supervise: works,
      schedule: false,
      registerInstance: works,
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
    });
    boss.on('error', onError);
    return new RunQueue(boss);
  }

  /** Makes the queue where it is not there yet. The database must be up. */
  async start(): Promise<void> {
    await this.boss.start();
    await this.boss.createQueue(QUEUE, {
      policy: 'exclusive',
      notify: true,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
      retryLimit: RETRIES,
      retryDelay: 0,
    });
  }

  /** Nothing happens when the run's job is there already, waiting or at work. `executeSql`: within that transaction. */
  async send(runId: string, executeSql: ExecuteSql | null = null, afterMs = 0): Promise<void> {
    await this.boss.send(
      QUEUE,
      { runId },
      {
        singletonKey: runId,
        ...(afterMs > 0 && { startAfter: Math.ceil(afterMs / 1000) }),
        ...(executeSql !== null && { db: adapter({ executeSql }) }),
      },
    );
  }

  /**
   * Calls `drive` for each run, `atOnce` at a time. It answers after how many milliseconds the run wants to go on; null
   * when there is nothing more to do for it. The run is sent again before its job counts as done, so that none is lost.
   */
  async work(atOnce: number, drive: (runId: string) => Promise<number | null>): Promise<void> {
    const options = {
      localConcurrency: atOnce,
      pollingIntervalSeconds: POLL_SECONDS,
      heartbeatRefreshSeconds: REFRESH_SECONDS,
    };
    await this.boss.work<{ runId: string }>(
      QUEUE,
      { ...options, notifyPollingIntervalSeconds: POLL_SECONDS },
      async (jobs) => {
        for (const { id, data } of jobs) {
          const againMs = await drive(data.runId);
          if (againMs === null) continue;
          await this.boss.complete(QUEUE, id);
          await this.send(data.runId, null, againMs);
        }
      },
    );
  }

  /** Waits for what `drive` has at work. */
  async stop(): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: STOP_WITHIN_MS });
  }
}

/** Throws `store-unavailable` for a Node.js that pg-boss does not run on. */
export function checkNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  throw needs(`Node.js ${LEAST_NODE.join('.')} or later; this is ${version}`);
}

/** Throws `store-unavailable` for a version of pg-boss that is not one of ours. */
export function checkVersion(version: string): void {
  if (Number.parseInt(version, 10) !== LEAST_VERSION) {
    throw needs(`pg-boss ${LEAST_VERSION}; installed is ${version}: ${PACKAGE}`);
  }
}

function refuse(cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
  throw needs(`one more package: ${PACKAGE}`, cause);
}

function needs(what: string, cause?: unknown): TobiishiError {
  return new TobiishiError('store-unavailable', `Workers need ${what}`, {}, { cause });
}

function installedVersion(): string {
  const path = fileURLToPath(new URL('../package.json', import.meta.resolve('pg-boss')));
  return JSON.parse(readFileSync(path, 'utf8')).version;
}

function adapter({ executeSql }: { readonly executeSql: ExecuteSql }) {
  type Values = Parameters<ExecuteSql>[1];
  return {
    executeSql: (text: string, values?: unknown[]) => executeSql(text, values as Values) as Promise<{ rows: never[] }>,
  };
}
