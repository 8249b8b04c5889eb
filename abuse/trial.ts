import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { type Server, startServer } from '../test/fixtures/server.js';
import { Visitor } from '../test/fixtures/visitor.js';
import type { Attack, Field } from './attack.js';
import type { Waited } from './honest.js';
import { HonestThread } from './honest-thread.js';
import { watchMemory } from './memory.js';
import { openSite } from './site.js';

/** What a small machine gives: 512 MB, of which JavaScript's objects have 400. */
const HEAP_MB = 400;
const ROWS_JOB = join(fileURLToPath(import.meta.url), '../jobs/rows.js');
/** One in 20 ms. */
const TOLD_TRIES = 500;
const PROBE = new URL('./probe.js', import.meta.url).href;

/** How the thread that answers requests fared, by `probe.ts`. */
export interface Thread {
  /** The longest that nobody was answered, without the time for which the machine had no processor for it. */
  readonly heldMs: number;
  /** How much of a processor it took. */
  readonly part: number;
}

export interface Finding {
  readonly attack: string;
  /** What the attacker got, and what kept somebody honest from getting anything. */
  readonly result: string;
  readonly waited: Waited;
  /** What somebody honest waited just before, when nobody attacked. */
  readonly quiet: Waited;
  readonly thread: Thread;
  /** The server is still the same process. */
  readonly lives: boolean;
  /** The most that the process took, in MB; null where the system does not tell. */
  readonly memoryMb: number | null;
}

/** Carries out one attack after the other against one server, each for `lastsMs` or so, with somebody honest beside it. */
export async function* carryOut(attacks: readonly Attack[], lastsMs = 12_000): AsyncGenerator<Finding> {
  const honest = await HonestThread.open();
  const sites = await Promise.all(attacks.map(openSite));
  const allowed = [honest, ...sites].map(({ origin }) => new URL(origin).host);
  const server = await startServer({
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB} --import=${PROBE} ${process.env['NODE_OPTIONS'] ?? ''}`,
    ALLOW_HOSTS: allowed.join(','),
    JOBS: ROWS_JOB,
    NODE_ENV: 'test',
  });
  honest.visit(server.url);
  giveWay();
  try {
    for (const [i, attack] of attacks.entries())
      yield await attackWith(attack, { site: sites[i]?.origin ?? '', network: i + 1, server, honest, lastsMs });
  } finally {
    await honest.close();
    await server.kill('SIGTERM');
    for (const site of sites) site.close();
  }
}

/** Attackers compute on machines of their own, not on that which they attack. On Linux this thread alone is meant. */
function giveWay(): void {
  if (process.platform === 'linux') setPriority(process.pid, constants.priority.PRIORITY_BELOW_NORMAL);
}

interface Circumstances {
  readonly site: string;
  /** The attackers are at `127.0.NETWORK.N`: what one attack has used up of its rates is not missing to the next. */
  readonly network: number;
  readonly server: Server;
  readonly honest: HonestThread;
  readonly lastsMs: number;
}

async function attackWith(attack: Attack, { site, network, server, honest, lastsMs }: Circumstances): Promise<Finding> {
  const agents = new Map<string, Agent>();
  const visitor = (n = 2) => visitorAt(server.url, agents, `127.0.${network}.${n}`);
  const field: Field = { target: server.url, site, visitor, lastsMs };
  const launch = await attack.prepare(field);
  const quiet = await honest.quietly();
  await threadOf(server);
  let result: string | null = null;
  const over = launch().then(
    (answer) => {
      result = answer;
    },
    (error: unknown) => {
      result = `failed: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`;
    },
  );
  const memory = watchMemory(server.pid());
  let problem = '';
  const waited = await honest.until(over).catch((error: Error): Waited => {
    problem = ` (and somebody honest: ${error.message.slice(0, 200)})`;
    const never = { pageMs: Infinity, runMs: Infinity };
    return { median: never, longest: never, rounds: 0 };
  });
  await over;
  memory.stop();
  const thread = await threadOf(server);
  const lives = await fetch(`${server.url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
  await Promise.all([...agents.values()].map((agent) => agent.destroy()));
  const got = `${result ?? 'nothing'}${problem}`;
  return { attack: attack.name, result: got, waited, quiet, thread, lives, memoryMb: memory.most() };
}

/** Since it was last asked. */
async function threadOf(server: Server): Promise<Thread> {
  const told = () => [...server.log().matchAll(/^thread (.+)$/gm)].map(([, text = '']) => text);
  const before = told().length;
  try {
    process.kill(server.pid(), 'SIGUSR2');
  } catch {
    return { heldMs: Infinity, part: 1 };
  }
  for (let tries = 0; tries < TOLD_TRIES && told().length === before; tries += 1) await sleep(20);
  return told().length === before ? { heldMs: Infinity, part: 1 } : JSON.parse(told().at(-1) ?? '');
}

/** Somebody new whose connections come from `127.0.0.N`. */
function visitorAt(target: string, agents: Map<string, Agent>, localAddress: string): Visitor {
  const agent = agents.get(localAddress) ?? new Agent({ localAddress });
  agents.set(localAddress, agent);
  // The built-in fetch takes it, whatever the types of two versions of undici say of each other.
  return new Visitor(target, '', new Map(), { dispatcher: agent } as unknown as RequestInit);
}
