import type { NextFunction, Request, RequestHandler } from 'express';
import type { Clock } from '../core/clock.js';
import { LruCache } from '../core/lru-cache.js';
import { prefixesOf } from './network.js';

/** What a request costs at least: much of what it does is done later. */
const LEAST_COST_MS = 1;
const MOST_CUSTOMERS = 5000;
/** Those who come from no address share one. */
const NOBODY = { customer: '', network: '' };

/**
 * Lets in one request at each turn of the event loop. Those that come meanwhile wait. Customers of providers (an IPv4 address, an
 * IPv6 /48) take turns by what their requests take of the thread, and so do the networks of a customer (its /64s), one request
 * each: whoever sends a thousand at once, or costly ones, keeps others for one of them at a time, not for all. What
 * somebody had while nobody waited is held against nobody. A request that comes alone does not wait.
 */
export function fairRequests(clock: Pick<Clock, 'monotonic'>): RequestHandler {
  /** By customer and network; of those that are equal the one that waits longest is first. */
  const waiting = new Map<string, Map<string, Waiting[]>>();
  let shares = new Shares();
  let isTaken = false;
  let current: { readonly customer: string; readonly since: number } | null = null;
  const plan = () => {
    setImmediate(letIn);
    // Comes right after it, and after all that the request does without waiting.
    setImmediate(charge);
  };
  const letIn = () => {
    const customer = shares.first(waiting);
    if (customer === null) {
      isTaken = false;
      shares = new Shares();
      return;
    }
    plan();
    const networks = waiting.get(customer) ?? new Map<string, Waiting[]>();
    waiting.delete(customer);
    const request = nextOf(networks);
    if (networks.size > 0) waiting.set(customer, networks);
    // Nobody waits any more for the answer of one whose connection is gone. A request itself is over once its body was read.
    if (request === undefined || request.req.socket.destroyed) return;
    current = { customer, since: clock.monotonic() };
    request.next();
  };
  const charge = () => {
    if (current === null) return;
    shares.add(current.customer, clock.monotonic() - current.since);
    current = null;
  };
  return (req, _res, next) => {
    const { customer, network } = prefixesOf(req.ip) ?? NOBODY;
    if (!isTaken) {
      isTaken = true;
      plan();
      const since = clock.monotonic();
      next();
      shares.add(customer, clock.monotonic() - since);
      return;
    }
    const networks = waiting.get(customer) ?? new Map<string, Waiting[]>();
    waiting.set(customer, networks);
    const requests = networks.get(network);
    if (requests === undefined) networks.set(network, [{ req, next }]);
    else requests.push({ req, next });
  };
}

interface Waiting {
  readonly req: Request;
  readonly next: NextFunction;
}

/** That of the network which waits longest for its turn; the others of that network come after those of the others. */
function nextOf(networks: Map<string, Waiting[]>): Waiting | undefined {
  for (const [network, requests] of networks) {
    const request = requests.shift();
    networks.delete(network);
    if (requests.length > 0) networks.set(network, requests);
    return request;
  }
  return undefined;
}

/**
 * Who is next, by start-time fair queueing (Goyal, Vin and Cheng, 1996): what a customer has had puts off its own next turn, and
 * whoever comes anew begins where those are who have their turns now.
 */
class Shares {
  /** When the customer's next turn may begin, in ms of the time that `#now` tells. */
  readonly #next = new LruCache<number>(MOST_CUSTOMERS);
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
    for (const customer of waiting.keys()) {
      const begin = this.#beginOf(customer);
      if (begin < least) [first, least] = [customer, begin];
    }
    if (first !== null) this.#now = least;
    return first;
  }

  /** What the turn of `customer` took. */
  add(customer: string, ms: number): void {
    this.#costMs = Math.max(ms, LEAST_COST_MS);
    this.#next.set(customer, this.#beginOf(customer) + this.#costMs);
  }

  #beginOf(customer: string): number {
    return Math.max(this.#now, this.#next.get(customer) ?? 0);
  }
}
