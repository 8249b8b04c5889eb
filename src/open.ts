import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { budgetFor } from './core/budget.js';
import { type Clock, systemClock } from './core/clock.js';
import type { HandOver } from './core/hand-over.js';
import { type Job, jobsByName } from './core/job.js';
import type { Logger } from './core/logger.js';
import { Memory } from './core/memory.js';
import type { Observer } from './core/observer.js';
import { SecretBox } from './core/secrets.js';
import { Blocks } from './engine/blocks.js';
import { createEngine } from './engine/engine.js';
import { runLog } from './engine/run-log.js';
import type { TobiishiOptions } from './options.js';
import { type Config, ConfigError, sessionSecrets } from './server/config.js';
import { FreeDisk } from './store/free-disk.js';
import { openStore } from './store/open.js';
import type { PgPool } from './store/postgres/pool.js';

export const HOUR_MS = 60 * 60_000;
const MEBIBYTE = 1024 * 1024;
const MEGABYTE = 1_000_000;

interface OpenOptions extends Pick<TobiishiOptions, 'jobs' | 'database'> {
  readonly logger: Logger;
  /** Default: the log. */
  readonly observers?: readonly Observer[];
  /** How workers are told of runs to be executed. Default: nobody is. */
  readonly handOver?: HandOver | null;
  /** Whether workers have runs in hand, so that who asks here watches first. Default: no. */
  readonly watchesWorkers?: boolean;
}

/** What executes runs: the jobs, the store and the engine, for an instance with pages as for the command line. */
export type OpenedEngine = Awaited<ReturnType<typeof openEngine>>;

/** Throws a `ConfigError` for a job that cannot be loaded, and `store-unavailable`. Stop the driver before `close`. */
export async function openEngine(options: OpenOptions, config: Config) {
  const { logger, observers = [runLog(options.logger)], handOver = null, watchesWorkers = false } = options;
  const jobs = await loadJobs(options.jobs, config);
  const clock = systemClock;
  const opened = await open(options.database ?? config.database, config, clock, logger, handOver);
  const { store, sessionStore, tokens, schedules, files, uploads, watches, sessionSecrets, rateClient } = opened;
  const blocks = new Blocks(opened.blocks, clock);
  const abuseLog = config.abuseLogDays > 0 ? opened.abuseLog : null;
  const { maxSteps, maxWorking, maxUnfinished, maxKeptMb } = config;
  const budget = budgetFor(config.hostTimeout * 1000, config.database === 'cookie:');
  const quotas = {
    visitorBytes: maxKeptMb.visitor * MEGABYTE,
    networkBytes: maxKeptMb.network * MEGABYTE,
    allBytes: config.maxKeptAllMb * MEGABYTE,
  };
  const maxRunBytes = config.maxRunMb * MEGABYTE;
  const limits = { budget, maxSteps, maxWorking, maxUnfinished, maxRunBytes, quotas, watchesWorkers };
  const disk = opened.folder === null ? null : freeDisk(opened.folder, config.minFreeMb, clock, logger);
  const memory = new Memory((config.memoryMb ?? defaultMemoryMb()) * MEBIBYTE, clock);
  const secretBox = new SecretBox(sessionSecrets);
  const webhooks = opened.webhooks && {
    store: opened.webhooks,
    secretBox: new SecretBox(sessionSecrets, 'tobiishi webhooks'),
    ...(await import('./outgoing.js')).outgoingPost(config),
  };
  const kept = { store, files, uploads, watches, blocks, abuseLog };
  const engine = createEngine({ jobs, ...kept, clock, ...limits, disk, memory, observers, secretBox });
  const close = async () => {
    await Promise.all([...jobs.values()].map((job) => job.close()));
    await webhooks?.close();
    await store.close();
  };
  return {
    ...engine,
    jobs,
    clock,
    memory,
    store,
    disk,
    tokens,
    schedules,
    files,
    watches,
    uploads,
    webhooks,
    sessionStore,
    sessionSecrets,
    rateClient,
    blocks,
    abuseLog: opened.abuseLog,
    close,
  };
}

function freeDisk(folder: string, leastMb: number, clock: Clock, logger: Logger): FreeDisk {
  return new FreeDisk(folder, leastMb * MEGABYTE, clock, (isLow, freeBytes) => {
    const freeMb = Math.round(freeBytes / MEGABYTE);
    if (isLow) logger.error({ freeMb, leastMb }, 'the disk is nearly full: nothing new starts');
    else logger.warn({ freeMb }, 'the disk has space again');
  });
}

/** Beside it the threads of the pool have two thirds, and pages a little. */
function defaultMemoryMb(): number {
  return Math.max(16, Math.round(getHeapStatistics().heap_size_limit / MEBIBYTE / 8));
}

async function open(
  database: string | PgPool,
  config: Config,
  clock: Clock,
  logger: Logger,
  handOver: HandOver | null,
) {
  const warn = (message: string) => logger.warn({}, message);
  const opened = await openStore(database, clock, config.runTtlHours * HOUR_MS, warn, handOver);
  const { keptSecret } = opened;
  const kept = config.sessionSecret === undefined && keptSecret !== null ? await keptSecret() : null;
  return { ...opened, sessionSecrets: sessionSecrets(config, kept, warn) };
}

async function loadJobs(given: TobiishiOptions['jobs'], config: Config): Promise<ReadonlyMap<string, Job>> {
  const listed: readonly (Job | string)[] =
    typeof given === 'string' && given !== '' ? given.split(',') : given || (await ownJobs(config));
  return jobsByName(await Promise.all(listed.map((each) => (typeof each === 'string' ? loadJob(each.trim()) : each))));
}

/** The two jobs that come with the package. */
export async function ownJobs({
  port: _port,
  host: _host,
  nodeEnv: _nodeEnv,
  maxConnections: _most,
  ...config
}: Config): Promise<readonly Job[]> {
  const { wait, scrape } = await import('./jobs.js');
  return [wait, scrape(config)];
}

/** The job that the module at `path` exports by default. Throws a `ConfigError`. */
export async function loadJob(path: string): Promise<Job> {
  const { default: job } = await import(pathToFileURL(resolve(path)).href).catch((cause) => {
    const hint =
      cause.code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? ' Node.js 22.18 and later read TypeScript; or compile it first.'
        : '';
    throw new ConfigError(`jobs: ${path} cannot be loaded: ${cause.message}.${hint}`, { cause });
  });
  if (typeof job?.step !== 'function') throw new ConfigError(`jobs: ${path} does not export a job by default.`);
  return job;
}
