import type { DatabaseKind } from './database.js';
import type { Fault } from './proxy.js';
import { Random } from './random.js';
import type { Settings } from './stones.js';

/**
 * - `kill`: `kill -9` of a server process
 * - `terminate`: SIGTERM, as at a deploy
 * - `freeze`: SIGSTOP, and SIGCONT `ms` later
 * - `jump`: the wall clock of a process is off by `ms` from now on
 * - `outage`: PostgreSQL is killed, and started again `ms` later
 */
export type Disturbance = 'kill' | 'terminate' | 'freeze' | 'jump' | 'outage';

export interface Plan {
  readonly name: string;
  readonly meaning: string;
  readonly database: DatabaseKind;
  readonly servers: number;
  /** Processes of `tobiishi work` beside them. */
  readonly workers?: number;
  /** Of a hundred disturbances, how many are of which kind. */
  readonly disturbances: Readonly<Partial<Record<Disturbance, number>>>;
  /** Between two disturbances. */
  readonly gapMs: readonly [least: number, most: number];
  readonly freezeMs?: readonly [least: number, most: number];
  /** Of a thousand requests. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  /** How many tabs a visitor opens at most. */
  readonly tabs: number;
  /** Of a hundred visitors, how many close the run's page, and only look now and then how far it is. */
  readonly away?: number;
  readonly stones: Omit<Settings, 'seed'>;
}

const ALL_FAULTS = {
  delay: 60,
  drop: 20,
  silence: 10,
  refuse: 20,
  lose: 30,
  reset: 30,
  truncate: 30,
  shorten: 10,
  duplicate: 60,
  echo: 40,
  reorder: 40,
} satisfies Plan['faults'];

const STONES = { count: 24, lanes: 1, ms: 150, throwing: 20, exiting: 0 };

export const PLANS: readonly Plan[] = [
  {
    name: 'kills',
    meaning: 'one process on a SQLite file, killed, stopped, and ended by its own steps',
    database: 'sqlite',
    servers: 1,
    disturbances: { kill: 60, terminate: 40 },
    gapMs: [1500, 4000],
    faults: {},
    tabs: 1,
    stones: { ...STONES, exiting: 3 },
  },
  {
    name: 'network',
    meaning: 'a network that loses, repeats and mangles; two tabs; steps of several lanes',
    database: 'sqlite',
    servers: 1,
    disturbances: {},
    gapMs: [1000, 1000],
    faults: ALL_FAULTS,
    tabs: 2,
    stones: { ...STONES, lanes: 3 },
  },
  {
    name: 'clock',
    meaning: 'wall clocks that jump up to two hours ahead and back, while steps fail and wait for their next attempt',
    database: 'sqlite',
    servers: 1,
    disturbances: { jump: 80, kill: 20 },
    gapMs: [500, 2500],
    faults: {},
    tabs: 1,
    stones: { ...STONES, throwing: 80 },
  },
  {
    name: 'everything',
    meaning: 'all of this at once, and a process that stands still at times',
    database: 'sqlite',
    servers: 1,
    disturbances: { kill: 40, terminate: 20, jump: 20, freeze: 20 },
    gapMs: [1500, 4000],
    freezeMs: [500, 3000],
    faults: ALL_FAULTS,
    tabs: 2,
    stones: { ...STONES, lanes: 2, exiting: 2 },
  },
  {
    name: 'carried',
    meaning: 'one process without a store, killed, stopped, and ended by its own steps; browsers carry the runs',
    database: 'cookie',
    servers: 1,
    disturbances: { kill: 70, terminate: 30 },
    gapMs: [1500, 4000],
    faults: {},
    tabs: 1,
    // Twelve steps at most: so many fit into a cookie.
    stones: { ...STONES, count: 3, exiting: 10 },
  },
  {
    name: 'relay',
    meaning: 'two processes on one PostgreSQL, round robin, one of them killed every two seconds',
    database: 'postgres',
    servers: 2,
    disturbances: { kill: 100 },
    gapMs: [2000, 2000],
    faults: {},
    tabs: 1,
    stones: { ...STONES, throwing: 10 },
  },
  {
    name: 'workers',
    meaning: 'two servers and two workers on one PostgreSQL, one of the four killed every two seconds',
    database: 'postgres',
    servers: 2,
    workers: 2,
    disturbances: { kill: 100 },
    gapMs: [2000, 2000],
    faults: {},
    tabs: 1,
    away: 70,
    stones: { ...STONES, throwing: 10 },
  },
  {
    name: 'deploy',
    meaning: 'three processes on one PostgreSQL, stopped one after another as at deploys; nothing is executed twice',
    database: 'postgres',
    servers: 3,
    disturbances: { terminate: 100 },
    gapMs: [1000, 3000],
    faults: {},
    tabs: 2,
    stones: { ...STONES, lanes: 2 },
  },
  {
    name: 'outage',
    meaning: 'two processes whose PostgreSQL is killed and comes back',
    database: 'postgres',
    servers: 2,
    disturbances: { outage: 100 },
    gapMs: [3000, 8000],
    faults: {},
    tabs: 1,
    stones: STONES,
  },
  {
    name: 'freeze',
    meaning: 'three processes that stand still for longer than a lease, and then go on as if nothing had happened',
    database: 'postgres',
    servers: 3,
    disturbances: { freeze: 100 },
    // Rarely all at once: somebody must be there to take the runs over.
    gapMs: [7000, 12_000],
    freezeMs: [16_000, 20_000],
    faults: {},
    tabs: 1,
    stones: STONES,
  },
  {
    name: 'storm',
    meaning: 'three processes on one PostgreSQL, and everything there is against them',
    database: 'postgres',
    servers: 3,
    disturbances: { kill: 35, terminate: 15, jump: 20, freeze: 15, outage: 15 },
    gapMs: [1500, 4000],
    freezeMs: [500, 18_000],
    faults: ALL_FAULTS,
    tabs: 2,
    stones: { ...STONES, lanes: 2, exiting: 2 },
  },
];

export interface Scheduled {
  readonly atMs: number;
  readonly what: Disturbance;
  /** Which process: the servers, then the workers. */
  readonly server: number;
  readonly ms: number;
}

const LONGEST_JUMP_MS = 2 * 60 * 60_000;

/** Everything that will be done to the processes, known before the first request. */
export function scheduleOf(plan: Plan, seed: string, seconds: number): Scheduled[] {
  const random = new Random(`${seed}/${plan.name}/schedule`);
  const schedule: Scheduled[] = [];
  for (let atMs = random.int(...plan.gapMs); atMs < seconds * 1000; atMs += random.int(...plan.gapMs)) {
    const what = random.weighted(plan.disturbances, 100);
    if (what === null) break;
    const server = random.int(0, processesOf(plan) - 1);
    schedule.push({ atMs, what, server, ms: amount(plan, what, random) });
  }
  return schedule;
}

export function processesOf({ servers, workers = 0 }: Plan): number {
  return servers + workers;
}

function amount({ freezeMs = [500, 3000] }: Plan, what: Disturbance, random: Random): number {
  if (what === 'freeze') return random.int(...freezeMs);
  if (what === 'outage') return random.int(0, 5000);
  if (what === 'jump') return random.chance(0.25) ? 0 : random.int(-LONGEST_JUMP_MS, LONGEST_JUMP_MS);
  return 0;
}
