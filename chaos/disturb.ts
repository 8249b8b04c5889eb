import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS } from '../src/engine/lease.js';
import type { Database } from './database.js';
import type { Disturbance, Scheduled } from './plans.js';
import type { Servers } from './servers.js';

/**
 * Does to the processes what the schedule says. Resolves when the last of it is over: everything is running again, or
 * about to. How many disturbances took place; some meet a process that is not there or a database that is away already.
 */
export async function disturb(
  schedule: readonly Scheduled[],
  servers: Servers,
  database: Database,
  over: AbortSignal,
): Promise<Map<Disturbance, number>> {
  const counts = new Map<Disturbance, number>();
  const began = performance.now();
  const behind: Promise<void>[] = [];
  let away = false;

  async function outage(ms: number): Promise<boolean> {
    if (away) return false;
    away = true;
    await database.outage(ms);
    away = false;
    return true;
  }

  async function happen({ what, server, ms }: Scheduled): Promise<boolean> {
    switch (what) {
      case 'kill':
        return servers.kill(server);
      case 'terminate':
        return servers.terminate(server);
      case 'freeze':
        return servers.freeze(server, ms, LEASE_MS);
      case 'jump':
        servers.jump(server, ms);
        return true;
      case 'outage':
        return outage(ms);
    }
  }

  for (const scheduled of schedule) {
    const ms = scheduled.atMs - (performance.now() - began);
    await sleep(Math.max(0, ms), undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const { what } = scheduled;
    const happening = happen(scheduled).then((did) => {
      if (did) counts.set(what, (counts.get(what) ?? 0) + 1);
    });
    // What is awaited below must not be unhandled until then.
    happening.catch(() => {});
    behind.push(happening);
  }
  await Promise.all(behind);
  return counts;
}
