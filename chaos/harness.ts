import { setMaxListeners } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newerNode } from '../test/fixtures/newer-node.js';
import { checkLives, checkRun, exitsByStep, lossesOf, type Tally, tally } from './check.js';
import { type Database, openDatabase } from './database.js';
import { disturb } from './disturb.js';
import { readLedger, runsIn } from './ledger.js';
import { type Plan, type Scheduled, scheduleOf } from './plans.js';
import { type FaultProxy, startProxy } from './proxy.js';
import { Random } from './random.js';
import { SESSION_SECRET, type StoredRun } from './records.js';
import { Servers } from './servers.js';
import type { Diary, Problem, Visitor } from './visitor.js';
import { ledgerIn, stonesWork, type Work, work } from './work.js';

/** One plan, to be carried out once. */
export interface Trial {
  readonly plan: Plan;
  readonly seed: string;
  /** How long things are broken; runs under way then have some time to end. */
  readonly seconds: number;
  /** How many runs at once. */
  readonly runs: number;
  /** Somebody's own job instead of ours. */
  readonly own: (Work & { readonly path: string }) | null;
}

export interface Report {
  readonly trial: Trial;
  readonly schedule: readonly Scheduled[];
  readonly disturbances: ReadonlyMap<string, number>;
  /** Processes ended by a step. */
  readonly stepExits: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly diary: Diary;
  readonly runs: number;
  readonly steps: number;
  /** Null for jobs that keep no ledger. */
  readonly tally: Tally | null;
  readonly tookMs: number;
  readonly problems: readonly Problem[];
  /** Everything the trial left, kept when there is a problem. */
  readonly directory: string | null;
}

const SETTLE_WITHIN_MS = 240_000;
/** The proxy cuts a request after this long, and the servers know. */
const HOST_TIMEOUT_S = 10;
const STONES = fileURLToPath(new URL('jobs/stones.js', import.meta.url));

/** Carries out a trial and checks what it left. `interrupt` ends it early; nothing is left running either way. */
export async function carryOut(trial: Trial, interrupt: AbortSignal): Promise<Report> {
  const began = performance.now();
  const { plan, seed } = trial;
  const directory = mkdtempSync(join(tmpdir(), 'tobiishi-chaos-'));
  mkdirSync(ledgerIn(directory));
  const database = await openDatabase(plan.database, directory);
  const { workers = 0 } = plan;
  const servers = new Servers({
    count: plan.servers,
    workers,
    node: workers > 0 ? nodeOfWorkers() : process.execPath,
    directory,
    env: {
      ...(workers > 0 && { BACKGROUND: 'worker' }),
      DATABASE_URL: database.url,
      JOBS: trial.own === null ? STONES : resolve(trial.own.path),
      SESSION_SECRET,
      HOST_TIMEOUT: String(HOST_TIMEOUT_S),
      MIN_DELAY_MS: '0',
      LOG_LEVEL: 'error',
    },
  });
  const random = new Random(`${seed}/${plan.name}/proxy`);
  const backends = () => servers.urls;
  const proxy = await startProxy({ backends, random, faults: plan.faults, cutAfterMs: HOST_TIMEOUT_S * 1000 });
  // PostgreSQL ends by itself with this process.
  const abandon = () => servers.killAll();
  process.once('exit', abandon);
  try {
    const schedule = scheduleOf(plan, seed, trial.seconds);
    const seen = await breakThings(trial, { servers, database, proxy, schedule, directory }, interrupt);
    await proxy.close();
    await servers.stop();
    const judged = judge(trial, await database.read(seen.visitors.map(({ cookie }) => cookie)), {
      servers,
      directory,
      ...seen,
    });
    const keep = judged.problems.length > 0;
    if (!keep) rmSync(directory, { recursive: true });
    const { diary, disturbances } = seen;
    const tookMs = performance.now() - began;
    const kept = keep ? directory : null;
    return { trial, schedule, disturbances, faults: proxy.counts, diary, ...judged, tookMs, directory: kept };
  } finally {
    abandon();
    process.off('exit', abandon);
    await proxy.close();
    await servers.stop();
    await database.stop();
  }
}

interface Bench {
  readonly servers: Servers;
  readonly database: Database;
  readonly proxy: FaultProxy;
  readonly schedule: readonly Scheduled[];
  readonly directory: string;
}

interface Seen {
  readonly visitors: readonly Visitor[];
  readonly diary: Diary;
  readonly disturbances: ReadonlyMap<string, number>;
}

async function breakThings(trial: Trial, bench: Bench, interrupt: AbortSignal): Promise<Seen> {
  const { servers, database, proxy, schedule, directory } = bench;
  await servers.ready();
  const diary: Diary = { problems: [], answers: 0, troubles: 0, retriesPressed: 0, snapshots: 0 };
  using enough = deadline(trial.seconds * 1000, interrupt);
  using over = deadline(trial.seconds * 1000 + SETTLE_WITHIN_MS, interrupt);
  enough.signal.addEventListener('abort', () => proxy.calm());
  const working = work({
    origin: proxy.url,
    work: trial.own ?? stonesWork(trial.plan, ledgerIn(directory)),
    seed: `${trial.seed}/${trial.plan.name}`,
    atOnce: trial.runs,
    tabs: trial.plan.tabs,
    away: trial.plan.away ?? 0,
    diary,
    enough: enough.signal,
    over: over.signal,
  });
  const [visitors, disturbances] = await Promise.all([working, disturb(schedule, servers, database, enough.signal)]);
  return { visitors, diary, disturbances };
}

function nodeOfWorkers(): string {
  const node = newerNode();
  if (node === null) throw new Error('workers need Node.js 22.12 or later: none is here, and none could be fetched');
  return node;
}

/** Not `AbortSignal.timeout` with `any`: Node 20 loses such signals to the garbage collector. */
function deadline(ms: number, interrupt: AbortSignal): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  // Every visitor listens.
  setMaxListeners(0, controller.signal);
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  interrupt.addEventListener('abort', abort);
  const dispose = () => {
    clearTimeout(timer);
    interrupt.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, [Symbol.dispose]: dispose };
}

/** What is in the store, held against what the visitors saw and what the steps themselves wrote. */
function judge(trial: Trial, stored: readonly StoredRun[], left: Seen & { servers: Servers; directory: string }) {
  const { servers, diary, disturbances, visitors } = left;
  const ledgerDirectory = ledgerIn(left.directory);
  const ledgers = new Map(stored.map(({ id }) => [id, readLedger(ledgerDirectory, id)]));
  const entries = [...ledgers.values()].flat();
  const outages = disturbances.get('outage') ?? 0;
  const losses = lossesOf(servers.lives, entries, outages);
  const seenRows = new Map(visitors.map(({ path, rows }) => [path?.split('/').pop() ?? '', rows]));
  const known = new Set(stored.map(({ id }) => id));
  const nothing = { run: '-', rule: 'nothing-happened', detail: 'no run was started' };
  const problems: Problem[] = [
    ...(stored.length === 0 ? [nothing] : []),
    ...diary.problems,
    ...checkLives(servers.lives, entries, outages > 0),
    ...[...seenRows.keys(), ...runsIn(ledgerDirectory)]
      .filter((id) => !known.has(id))
      .map((run) => ({ run, rule: 'run-lost', detail: 'a visitor or a step knew it, the store does not' })),
    ...stored.flatMap((run) => {
      const ledger = trial.own === null ? (ledgers.get(run.id) ?? []) : null;
      const { lanes } = trial.plan.stones;
      return checkRun({ run, ledger, seenRows: seenRows.get(run.id) ?? [], atOnce: lanes }, losses);
    }),
  ];
  const tallies = stored.map((run) => tally(run, ledgers.get(run.id) ?? []));
  const sum = (of: keyof Tally) => tallies.reduce((total, each) => total + each[of], 0);
  return {
    problems,
    runs: stored.length,
    steps: stored.reduce((total, { seq }) => total + seq, 0),
    stepExits: exitsByStep(entries).size,
    tally:
      trial.own === null
        ? { executions: sum('executions'), recorded: sum('recorded'), threw: sum('threw'), lost: sum('lost') }
        : null,
  };
}
