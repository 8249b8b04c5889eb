import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { createApp } from '../app.js';
import { budgetFor } from '../core/budget.js';
import { systemClock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import { createEngine } from '../engine/engine.js';
import { createHttpServer } from '../http/http-server.js';
import { projectRoot } from '../http/root.js';
import { createFetcher } from '../scrape/fetch/fetch.js';
import { Permission } from '../scrape/fetch/robots-permission.js';
import { openStore } from '../store/open.js';
import { sweepEvery } from '../store/sweep.js';
import { type Config, ConfigError, readConfig, sessionSecrets } from './config.js';
import { createJobs } from './jobs.js';

const HOUR_MS = 60 * 60_000;
const DRAIN_WITHIN_MS = 1000;

/** Reads the configuration, opens the store, listens, and stops on SIGTERM. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = pino({ level: config.LOG_LEVEL });
  const clock = systemClock;
  const sessionTtlMs = config.RUN_TTL_HOURS * HOUR_MS;
  const warn = (message: string) => logger.warn(message);
  const { store, sessionStore, keptSecret } = await openStore(config.DATABASE_URL, clock, sessionTtlMs, warn);
  const kept = config.SESSION_SECRET === undefined && keptSecret !== null ? await keptSecret() : null;
  const jobs = new Map((await loadJobs(config)).map((job) => [job.name, job]));
  const budget = budgetFor(config.HOST_TIMEOUT * 1000, config.DATABASE_URL === 'cookie:');
  const limits = { maxSteps: config.MAX_STEPS, maxWorking: config.MAX_WORKING };
  const { runs, driver } = createEngine({ jobs, store, clock, budget, ...limits });
  const app = createApp({
    jobs,
    runs,
    driver,
    store,
    sessionStore,
    clock,
    hostTimeoutMs: config.HOST_TIMEOUT * 1000,
    logger,
    settings: {
      sessionSecrets: sessionSecrets(config, kept, warn),
      trustProxy: config.TRUST_PROXY,
      sessionTtlMs,
      serviceWorker: config.SERVICE_WORKER === 'on',
    },
  });
  const server = await listen(createHttpServer(app), config);
  const stopSweeping = sweepEvery(store, clock, sessionTtlMs, (error) => logger.error(error, 'sweep failed'));
  const { port } = server.address() as AddressInfo;
  console.log(`Tobiishi is ready on http://${config.HOST || 'localhost'}:${port}`);

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.all([driver.stop(), stopSweeping()]);
    // Lets answers that are under way be sent, then closes what is still open.
    await Promise.race([closed, clock.sleep(DRAIN_WITHIN_MS)]);
    server.closeAllConnections();
    await store.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
}

async function loadJobs(config: Config): Promise<readonly Job[]> {
  const { version } = JSON.parse(readFileSync(resolve(projectRoot, 'package.json'), 'utf8'));
  const userAgent = `Tobiishi/${version} (+https://www.npmjs.com/package/tobiishi)`;
  const fetcher = createFetcher({ allowHosts: config.ALLOW_HOSTS, userAgent, clock: systemClock });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: config.IGNORE_ROBOTS });
  const own = createJobs({ fetcher, permission, minDelayMs: config.MIN_DELAY_MS, maxPages: config.MAX_STEPS });
  const more = await Promise.all(
    config.JOBS.map(async (path): Promise<Job> => {
      const { default: job } = await import(pathToFileURL(resolve(path)).href).catch((cause) => {
        throw new ConfigError(`JOBS: ${path} cannot be loaded: ${cause.message}`, { cause });
      });
      if (typeof job?.step !== 'function') throw new ConfigError(`JOBS: ${path} does not export a job by default.`);
      return job;
    }),
  );
  return [...own, ...more];
}

function listen(server: Server, { PORT, HOST }: Config): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken =
        cause.code === 'EADDRINUSE' ? ' Stop what uses it, or set PORT to another; 0 takes a free one.' : '';
      reject(new ConfigError(`Cannot listen on ${HOST || 'port'} ${PORT}: ${cause.message}.${taken}`, { cause }));
    });
    server.listen(PORT, HOST || undefined, () => resolve(server));
  });
}

main().catch((error) => {
  // What the operator can mend is one line; anything else is a bug and needs its stack.
  console.error(error instanceof ConfigError || error instanceof TobiishiError ? error.message : error);
  process.exit(1);
});
