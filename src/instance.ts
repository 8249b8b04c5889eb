import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { createApp } from './app.js';
import { ownRunsOnly } from './core/access.js';
import { budgetFor } from './core/budget.js';
import { type Clock, systemClock } from './core/clock.js';
import { type Job, jobsByName } from './core/job.js';
import type { Logger } from './core/logger.js';
import { once } from './core/once.js';
import { SecretBox } from './core/secrets.js';
import { Background } from './drivers/background.js';
import { createEngine } from './engine/engine.js';
import { listenerOf, OpenAnswers } from './http/listener.js';
import { runLog } from './http/run-log.js';
import type { Tobiishi } from './index.js';
import type { TobiishiOptions } from './options.js';
import { type Config, ConfigError, readOptions, sessionSecrets, siteHosts } from './server/config.js';
import { openStore } from './store/open.js';
import type { PgPool } from './store/postgres/pool.js';
import { sweepEvery } from './store/sweep.js';

const HOUR_MS = 60 * 60_000;
/** How long answers that are under way may take to be sent when an instance is closed. */
const DRAIN_WITHIN_MS = 1000;

/** All that one `tobiishi()` needs. None of it is kept in a module, so that two in one process share nothing. */
export async function openInstance(options: TobiishiOptions): Promise<Tobiishi> {
  const { jobs: given, logger: ownLogger, observer = {}, visitor = null, may = ownRunsOnly } = options;
  const config = configOf(options);
  const jobs = await loadJobs(given, config);
  const logger = ownLogger ?? pino({ level: config.logLevel });
  const clock = systemClock;
  const keptForMs = config.runTtlHours * HOUR_MS;
  const hostTimeoutMs = config.hostTimeout * 1000;
  const { store, sessionStore, sessionSecrets } = await open(
    options.database ?? config.database,
    config,
    clock,
    logger,
  );
  const { maxSteps, maxWorking, trustProxy, serviceWorker } = config;
  const budget = budgetFor(hostTimeoutMs, config.database === 'cookie:');
  const observers = [runLog(logger), observer];
  const limits = { budget, maxSteps, maxWorking };
  const secretBox = new SecretBox(sessionSecrets);
  const { runs, driver, notify } = createEngine({ jobs, store, clock, ...limits, observers, secretBox });
  const texts = options.texts === undefined ? [] : [options.texts];
  const base = config.base || null;
  const siteUrl = config.siteUrl ?? null;
  const settings = {
    access: config.access,
    allowedHosts: siteHosts(config),
    sessionSecrets,
    sessionTtlMs: keptForMs,
    trustProxy,
    serviceWorker,
    base,
    visitor,
  };
  const pages = {
    jobs,
    runs,
    driver,
    store,
    clock,
    hostTimeoutMs,
    keptForMs,
    may,
    siteUrl,
    opensShared: config.openShared,
    contact: config.contact ?? null,
    showsStyles: options.styles === true,
  };
  const app = createApp({ ...pages, sessionStore, logger, texts, settings });
  const stopSweeping = sweepEvery(store, clock, keptForMs, (error) => logger.error({ err: error }, 'sweep failed'));
  const background = config.background ? new Background({ driver, store, clock, jobs, notify }) : null;
  const answers = new OpenAnswers(clock);
  const listener = answers.watched(listenerOf(app, options.trustProxy === undefined));
  const close = once(async () => {
    await Promise.all([background?.stop(), driver.stop(), stopSweeping()]);
    await answers.close(DRAIN_WITHIN_MS);
    await Promise.all([...jobs.values()].map((job) => job.close()));
    await store.close();
  });
  return Object.assign(listener, { close });
}

/** The options that are settings, checked. */
function configOf(options: TobiishiOptions): Config {
  const {
    jobs: _jobs,
    logger: _logger,
    observer: _observer,
    texts: _texts,
    visitor: _visitor,
    may: _may,
    styles: _styles,
    ...others
  } = options;
  const { database, ...settings } = others;
  const config = readOptions({ ...settings, ...(typeof database === 'string' && { database }) });
  if (config.background && config.database === 'cookie:') {
    throw new ConfigError(
      'background: with `cookie:` only the page has the run, so that nobody else can go on with it.',
    );
  }
  return config;
}

async function open(database: string | PgPool, config: Config, clock: Clock, logger: Logger) {
  const warn = (message: string) => logger.warn({}, message);
  const opened = await openStore(database, clock, config.runTtlHours * HOUR_MS, warn);
  const { keptSecret } = opened;
  const kept = config.sessionSecret === undefined && keptSecret !== null ? await keptSecret() : null;
  return { ...opened, sessionSecrets: sessionSecrets(config, kept, warn) };
}

async function loadJobs(given: TobiishiOptions['jobs'], config: Config): Promise<ReadonlyMap<string, Job>> {
  const listed: readonly (Job | string)[] =
    typeof given === 'string' ? given.split(',') : (given ?? (await own(config)));
  return jobsByName(await Promise.all(listed.map((each) => (typeof each === 'string' ? load(each.trim()) : each))));
}

async function own({ port: _port, host: _host, nodeEnv: _nodeEnv, ...config }: Config): Promise<readonly Job[]> {
  const { wait, scrape } = await import('./jobs.js');
  return [wait, scrape(config)];
}

async function load(path: string): Promise<Job> {
  const { default: job } = await import(pathToFileURL(resolve(path)).href).catch((cause) => {
    throw new ConfigError(`jobs: ${path} cannot be loaded: ${cause.message}`, { cause });
  });
  if (typeof job?.step !== 'function') throw new ConfigError(`jobs: ${path} does not export a job by default.`);
  return job;
}
