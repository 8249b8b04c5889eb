import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Store as SessionStore } from 'express-session';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { ownRunsOnly } from '../../src/core/access.js';
import type { Budget } from '../../src/core/budget.js';
import { type Clock, systemClock } from '../../src/core/clock.js';
import { TobiishiError } from '../../src/core/errors.js';
import { type Job, jobsByName } from '../../src/core/job.js';
import { Memory } from '../../src/core/memory.js';
import type { Disk, Quotas } from '../../src/core/quotas.js';
import { RestingTurns } from '../../src/core/resting-turns.js';
import { SecretBox } from '../../src/core/secrets.js';
import type { Store } from '../../src/core/store.js';
import { Blocks } from '../../src/engine/blocks.js';
import { createEngine } from '../../src/engine/engine.js';
import { Downloads } from '../../src/http/downloads.js';
import { Gate } from '../../src/http/gate.js';
import { type Allowance, Limits, RATES, type RateName } from '../../src/http/limits.js';
import { routes } from '../../src/pages/router.js';
import { openStore } from '../../src/store/open.js';
import { farSessions, farStore } from '../fixtures/far-away.js';

const MUCH: Allowance = { visitor: 1e6, network: 1e6 };
const NO_RATES = Object.fromEntries(RATES.map((name) => [name, MUCH])) as Record<RateName, Allowance>;
const DAY_MS = 86_400_000;

interface SiteOptions extends Partial<Budget> {
  readonly maxWorking?: number;
  readonly maxUnfinished?: number;
  readonly serviceWorker?: boolean;
  readonly rates?: Partial<Record<RateName, Allowance>>;
  readonly downloadsAtOnce?: Allowance;
  readonly memory?: Memory;
  readonly databaseUrl?: 'memory:' | 'cookie:';
  readonly clock?: Clock;
  /** How long each answer of the store takes. */
  readonly storeTripMs?: number;
  /** Inside an app of somebody else's, which answers everything else itself. */
  readonly mount?: string;
  /** The mount as browsers see it, where a proxy rewrites addresses. */
  readonly base?: string | null;
  readonly access?: string;
  readonly trustProxy?: number;
  readonly opensShared?: boolean;
  readonly operator?: string | null;
  readonly contact?: string | null;
  readonly siteUrl?: string | null;
  readonly allowedHosts?: readonly string[];
  readonly background?: boolean;
  readonly maxFileBytes?: number;
  readonly disk?: Disk | null;
  readonly quotas?: Quotas | null;
  /** Default: true. */
  readonly showsStyles?: boolean;
}

/** The whole site in this process, on a store in memory. */
export async function startSite(
  jobList: readonly Job[],
  {
    paceMs = 10,
    answerWithinMs = 500,
    maxWorking = 100,
    maxUnfinished = 10,
    serviceWorker = true,
    rates = {},
    downloadsAtOnce = MUCH,
    databaseUrl = 'memory:',
    clock = systemClock,
    storeTripMs = 0,
    mount,
    base = null,
    siteUrl = null,
    allowedHosts = [],
    access = 'open',
    trustProxy = 1,
    opensShared = false,
    operator = null,
    contact = null,
    background = false,
    maxFileBytes = 10_000_000,
    memory = new Memory(Infinity, clock),
    disk = null,
    quotas = null,
    showsStyles = true,
  }: SiteOptions = {},
) {
  const turns = new RestingTurns(clock, () => 0);
  const opened = await openStore(databaseUrl, clock, DAY_MS);
  const { tokens, schedules, files, uploads, watches } = opened;
  const isFar = storeTripMs > 0;
  const store = isFar ? farStore(opened.store, clock, storeTripMs) : opened.store;
  const sessionStore = isFar
    ? farSessions(opened.sessionStore as SessionStore, clock, storeTripMs)
    : opened.sessionStore;
  const { abuseLog } = opened;
  const blocks = new Blocks(isFar ? farStore(opened.blocks, clock, storeTripMs) : opened.blocks, clock);
  const jobs = jobsByName(jobList);
  const budget = { paceMs, answerWithinMs };
  const { runs, driver } = createEngine({
    jobs,
    store,
    files,
    watches,
    uploads,
    clock,
    budget,
    maxSteps: 2000,
    maxWorking,
    memory,
    maxUnfinished,
    disk,
    quotas,
    blocks,
    abuseLog,
  });
  const log: string[] = [];
  const deps = {
    jobs,
    runs,
    driver,
    memory,
    disk,
    turns,
    downloads: new Downloads(memory, clock, turns),
    store,
    sessionStore,
    clock,
    hostTimeoutMs: 10_000,
    limits: new Limits({ rates: { ...NO_RATES, ...rates }, downloadsAtOnce, rateClient: null }),
    may: ownRunsOnly,
    siteUrl,
    opensShared,
    metrics: null,
    metricsToken: null,
    operator: operator === null ? null : new Gate('operator', operator, 'a secret of the test'),
    contact,
    keptForMs: DAY_MS,
    tokens,
    storeName: databaseUrl,
    databaseFile: null,
    schedules: background ? schedules : null,
    files,
    watches,
    uploads,
    webhooks: opened.webhooks && {
      store: opened.webhooks,
      secretBox: new SecretBox(['a secret of the test']),
      check: () => {},
    },
    blocks,
    abuseLog,
    logKeptForMs: 30 * DAY_MS,
    background,
    showsStyles,
    texts: [],
    logger: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }),
    settings: {
      sessionSecrets: ['a secret of the test'],
      trustProxy,
      sessionTtlMs: DAY_MS,
      serviceWorker,
      maxFileBytes,
      base,
      visitor: null,
      allowedHosts,
      access,
      maxLogins: 10,
    },
  };
  const app = createApp(deps);
  const server = createServer(mount === undefined ? app : hostApp(mount, app)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    routes: routes(deps),
    runs,
    driver,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store: store as Store,
    sessionStore: sessionStore as SessionStore,
    abuseLog,
    blocks,
    log,
    async close() {
      server.close();
      server.closeAllConnections();
      await driver.stop();
      await store.close();
    },
  };
}

function hostApp(mount: string, app: express.RequestHandler): express.Express {
  const host = express();
  host.use(mount, app);
  host.use((req, res) => void res.status(req.path === '/service-worker.js' ? 404 : 200).send('the host app'));
  return host;
}

export type Site = Awaited<ReturnType<typeof startSite>>;

/** What is visited while the sessions cannot be reached. */
export async function withoutSessions<T>({ sessionStore }: Site, visit: () => Promise<T>): Promise<T> {
  const gone = new TobiishiError('store-unavailable', 'gone');
  const get: SessionStore['get'] = (_id, callback) => callback(gone);
  const open = () => {
    throw gone;
  };
  Object.assign(sessionStore, { get, open });
  try {
    return await visit();
  } finally {
    for (const name of ['get', 'open']) Reflect.deleteProperty(sessionStore, name);
  }
}
