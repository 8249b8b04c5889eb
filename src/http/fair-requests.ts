import type { NextFunction, Request, RequestHandler } from 'express';
import type { Clock } from '../core/clock.js';
import { LruCache } from '../core/lru-cache.js';
import { networkOf } from './network.js';

/** What a request costs at least: much of what it does is done later. */
const LEAST_COST_MS = 1;
const MOST_NETWORKS = 5000;

/**
 * Lets in one request at each turn of the event loop. Those that come meanwhile wait, and networks take turns by what their
 * requests take of the thread: whoever sends a thousand at once, or costly ones, keeps others for one of them at a time, not
 * for all. What somebody had while nobody waited is held against nobody. A request that comes alone does not wait.
 */
export function fairRequests(clock: Pick<Clock, 'monotonic'>): RequestHandler {
  /** By network; of those that are equal the one that waits longest is first. */
  const waiting = new Map<string, { readonly req: Request; readonly next: NextFunction }[]>();
  let shares = new Shares();
  let isTaken = false;
  let current: { readonly network: string; readonly since: number } | null = null;
  const plan = () => {
    setImmediate(letIn);
    // Comes right after it, and after all that the request does without waiting.
    setImmediate(charge);
  };
  const letIn = () => {
    const network = shares.first(waiting);
    if (network === null) {
      isTaken = false;
      shares = new Shares();
      return;
    }
    plan();
    const requests = waiting.get(network);
    const request = requests?.shift();
    waiting.delete(network);
    if (requests !== undefined && requests.length > 0) waiting.set(network, requests);
    // Nobody waits any more for the answer of one whose connection is gone. A request itself is over once its body was read.
    if (request === undefined || request.req.socket.destroyed) return;
    current = { network, since: clock.monotonic() };
    request.next();
  };
  const charge = () => {
    if (current === null) return;
    shares.add(current.network, clock.monotonic() - current.since);
    current = null;
  };
  return (req, _res, next) => {
    const network = networkOf(req.ip) ?? '';
    if (!isTaken) {
      isTaken = true;
      plan();
      const since = clock.monotonic();
      next();
      shares.add(network, clock.monotonic() - since);
      return;
    }
    const requests = waiting.get(network);
    if (requests === undefined) waiting.set(network, [{ req, next }]);
    else requests.push({ req, next });
  };
}

/**
 * Who is next, by start-time fair queueing (Goyal, Vin and Cheng, 1996): what a network has had puts off its own next turn, and
 * whoever comes anew begins where those are who have their turns now.
 */
class Shares {
  /** When the network's next turn may begin, in ms of the time that `#now` tells. */
  readonly #next = new LruCache<number>(MOST_NETWORKS);
  /** Goes on as fast as each of those who wait may use the thread: else newcomers without end would all come before others. */
  #now = 0;
  /** Of the last turn. */
  #costMs = 0;

  /** Whose turn it is, which begins; null when nobody waits. */
  first(waiting: ReadonlyMap<string, unknown>): string | null {
    this.#now += this.#costMs / Math.max(1, waiting.size);
    this.#costMs = 0;
    let first: string | null = null;
    let least = Infinity;
    for (const network of waiting.keys()) {
      const begin = this.#beginOf(network);
      if (begin < least) [first, least] = [network, begin];
    }
    if (first !== null) this.#now = least;
    return first;
  }

  /** What the turn of `network` took. */
  add(network: string, ms: number): void {
    this.#costMs = Math.max(ms, LEAST_COST_MS);
    this.#next.set(network, this.#beginOf(network) + this.#costMs);
  }

  #beginOf(network: string): number {
    return Math.max(this.#now, this.#next.get(network) ?? 0);
  }
}
