import { resolve } from 'node:path';
import { createApp } from './app.js';
import { ownRunsOnly } from './core/access.js';
import { UNUSED_KEPT_DAYS } from './core/api-tokens.js';
import type { HandOver } from './core/hand-over.js';
import type { Logger } from './core/logger.js';
import { once } from './core/once.js';
import type { RateClient } from './core/rate-limit.js';
import { RestingTurns } from './core/resting-turns.js';
import { Background } from './drivers/background.js';
import { queueDatabase, RunQueue } from './drivers/run-queue.js';
import { Scheduler } from './drivers/scheduler.js';
import { Webhooks } from './drivers/webhooks.js';
import { createMetrics } from './engine/metrics.js';
import { runLog } from './engine/run-log.js';
import { Downloads } from './http/downloads.js';
import { Gate } from './http/gate.js';
import { jsonLogger } from './http/json-logger.js';
import { type LimitSettings, Limits } from './http/limits.js';
import { listenerOf, messagesOf, OpenAnswers } from './http/listener.js';
import type { Tobiishi } from './index.js';
import { HOUR_MS, openEngine } from './open.js';
import { checkOptions, type TobiishiOptions } from './options.js';
import { loadActions } from './pages/actions.js';
import { type Config, ConfigError, readOptions, siteHosts } from './server/config.js';
import { isPostgres } from './store/open.js';
import type { PgPool } from './store/postgres/pool.js';
import { sweepEvery } from './store/sweep.js';

const DAY_MS = 24 * HOUR_MS;

/** By then a server listens, and answers those who waited for it. */
const LOAD_REST_AFTER_MS = 500;
/** How long answers that are under way may take to be sent when an instance is closed. */
const DRAIN_WITHIN_MS = 1000;

/** All that one `tobiishi()` needs. None of it is kept in a module, so that two in one process share nothing. */
export async function openInstance(options: TobiishiOptions): Promise<Tobiishi> {
  checkOptions(options);
  const { jobs: given, logger: ownLogger } = options;
  const config = configOf(options);
  const logger = ownLogger ?? jsonLogger(config.logLevel);
  const keptForMs = config.runTtlHours * HOUR_MS;
  const hostTimeoutMs = config.hostTimeout * 1000;
  const isWatched = config.operator !== undefined || config.metricsToken !== undefined;
  const metrics = isWatched ? createMetrics() : null;
  if (metrics === null && config.metricsToken !== undefined) {
    throw new ConfigError('METRICS_TOKEN needs one more package: npm install prom-client');
  }
  const observers = [runLog(logger), ...(metrics === null ? [] : [metrics.observer]), options.observer ?? {}];
  const database = options.database ?? config.database;
  const queue = config.background === 'worker' ? await loadQueue(database, logger) : null;
  const handOver: HandOver | null = queue && ((runId, executeSql) => queue.send(runId, executeSql));
  const watchesWorkers = queue !== null;
  const engine = await openEngine({ jobs: given, database, logger, observers, handOver, watchesWorkers }, config);
  await queue?.start().catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  const isOurs = config.background === true;
  const goesOn = isOurs || queue !== null;
  const { jobs, store, clock, memory, tokens, sessionStore, sessionSecrets, rateClient, runs, driver, notify } = engine;
  const { blocks, abuseLog, disk, watches } = engine;
  // Where nothing goes on with runs that have no page, nobody would be there to execute what a schedule starts.
  const schedules = goesOn ? engine.schedules : null;
  const { trustProxy, serviceWorker } = config;
  const texts = [options.texts ?? {}];
  const base = config.base || null;
  const siteUrl = config.siteUrl ?? null;
  const settings = {
    access: config.access,
    maxLogins: config.maxLogins,
    allowedHosts: siteHosts(config),
    sessionSecrets,
    sessionTtlMs: keptForMs,
    trustProxy,
    serviceWorker,
    maxFileBytes: config.maxFileMb * 1_000_000,
    base,
    visitor: options.visitor ?? null,
  };
  const answers = new OpenAnswers(clock);
  const turns = new RestingTurns(clock, () => answers.count);
  const pages = {
    jobs,
    runs,
    driver,
    store,
    disk,
    clock,
    memory,
    limits: new Limits(limitSettings(config, rateClient)),
    turns,
    downloads: new Downloads(memory, clock, turns),
    hostTimeoutMs,
    keptForMs,
    may: options.may ?? ownRunsOnly,
    siteUrl,
    opensShared: config.openShared,
    operator: config.operator === undefined ? null : new Gate('operator', config.operator, sessionSecrets[0] ?? ''),
    ...storeOf(database),
    blocks,
    abuseLog,
    logKeptForMs: config.abuseLogDays * DAY_MS,
    contact: config.contact ?? null,
    metrics,
    metricsToken: config.metricsToken ?? null,
    tokens,
    schedules,
    files: engine.files,
    watches,
    uploads: engine.uploads,
    webhooks: engine.webhooks,
    background: goesOn,
    showsStyles: options.styles === true,
  };
  const stopLoading = clock.after(LOAD_REST_AFTER_MS, () => {
    loadActions().catch((error: unknown) => logger.error({ err: error }, 'a page could not be loaded'));
  });
  const app = createApp({ ...pages, sessionStore, logger, texts, settings });
  const failed = (error: unknown) => logger.error({ err: error }, 'sweep failed');
  const stopSweeping = sweepEvery(store, clock, keptForMs, failed);
  const stopSweepingLog = sweepEvery(abuseLog, clock, config.abuseLogDays * DAY_MS, failed);
  const stopSweepingUnused = [watches, tokens, engine.webhooks?.store].map(
    (unused) => unused && sweepEvery(unused, clock, UNUSED_KEPT_DAYS * DAY_MS, failed),
  );
  const background = isOurs ? new Background({ driver, store, clock, jobs, notify }) : null;
  // Workers see to schedules themselves.
  const scheduler = isOurs && schedules ? new Scheduler({ schedules, jobs, runs, store, blocks, clock, notify }) : null;
  const webhooks =
    engine.webhooks &&
    new Webhooks({ ...engine.webhooks, webhooks: engine.webhooks.store, store, blocks, clock, notify });
  const listener = answers.watched(listenerOf(app, options.trustProxy === undefined));
  const close = once(async () => {
    stopLoading();
    const sweeping = [stopSweeping(), stopSweepingLog(), ...stopSweepingUnused.map((stop) => stop?.())];
    await Promise.all([scheduler?.stop(), webhooks?.stop(), background?.stop(), driver.stop(), ...sweeping]);
    await answers.close(DRAIN_WITHIN_MS);
    await queue?.stop();
    await engine.close();
  });
  return Object.assign(listener, { serverOptions: messagesOf(app), close });
}

function loadQueue(database: string | PgPool, logger: Logger): Promise<RunQueue> {
  const onError = (error: unknown) => logger.error({ err: error }, 'the queue of runs failed');
  return RunQueue.load(queueDatabase(database), { works: false, onError });
}

/** What the operator is told of it: no address with a password in it. */
function storeOf(database: string | object): { readonly storeName: string; readonly databaseFile: string | null } {
  if (typeof database !== 'string' || /^postgres/i.test(database))
    return { storeName: 'PostgreSQL', databaseFile: null };
  const isFile = database !== 'memory:' && database !== 'cookie:';
  return { storeName: database, databaseFile: isFile ? resolve(database) : null };
}

function limitSettings(config: Config, rateClient: RateClient | null): LimitSettings {
  const { maxStarts, maxPreviews, maxProposals, maxProbes, maxUploads, maxShared, maxDownloads } = config;
  return {
    rates: {
      starts: maxStarts,
      previews: maxPreviews,
      proposals: maxProposals,
      probes: maxProbes,
      uploads: maxUploads,
      shared: maxShared,
    },
    downloadsAtOnce: maxDownloads,
    rateClient,
  };
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
  if (config.background === 'worker' && !isPostgres(database ?? config.database)) {
    throw new ConfigError(
      'background: workers find the runs in PostgreSQL, which DATABASE_URL, or the option database, names.',
    );
  }
  if (config.background && config.database === 'cookie:') {
    throw new ConfigError(
      'background: with `cookie:` only the page has the run, so that nobody else can go on with it.',
    );
  }
  return config;
}
