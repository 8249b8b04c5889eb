import type { NextFunction, Request, RequestHandler } from 'express';
import type { Clock } from '../core/clock.js';
import { networkOf } from './network.js';

/** After so long, what a network has had counts half. */
const HALF_LIFE_MS = 1000;
/** What is less is forgotten. */
const WORTH_KNOWING_MS = 1;

/**
 * Lets in one request at each turn of the event loop. Those that come meanwhile wait, and the network goes first whose requests
 * have taken least of the thread lately: whoever sends a thousand at once, or costly ones, keeps others for one of them at a
 * time, not for all. A request that comes alone does not wait.
 */
export function fairRequests(clock: Pick<Clock, 'monotonic'>): RequestHandler {
  /** By network; of those that are equal the one that waits longest is first. */
  const waiting = new Map<string, { readonly req: Request; readonly next: NextFunction }[]>();
  const had = new Shares(clock);
  let isTaken = false;
  let at = { network: '', since: 0 };
  const turnOf = (network: string) => {
    at = { network, since: clock.monotonic() };
    setImmediate(letIn);
  };
  const letIn = () => {
    had.add(at.network, clock.monotonic() - at.since);
    const network = had.least(waiting.keys());
    if (network === null) {
      isTaken = false;
      return;
    }
    turnOf(network);
    const requests = waiting.get(network);
    const request = requests?.shift();
    waiting.delete(network);
    if (requests !== undefined && requests.length > 0) waiting.set(network, requests);
    // Nobody waits any more for the answer of one whose connection is gone. A request itself is over once its body was read.
    if (request?.req.socket.destroyed === false) request.next();
  };
  return (req, _res, next) => {
    const network = networkOf(req.ip) ?? '';
    if (!isTaken) {
      isTaken = true;
      turnOf(network);
      return next();
    }
    const requests = waiting.get(network);
    if (requests === undefined) waiting.set(network, [{ req, next }]);
    else requests.push({ req, next });
  };
}

/** How much of the thread the requests of each network had, in ms. */
class Shares {
  readonly #had = new Map<string, number>();
  #halvedAt: number;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
    this.#halvedAt = clock.monotonic();
  }

  add(network: string, ms: number): void {
    const now = this.clock.monotonic();
    if (now - this.#halvedAt >= HALF_LIFE_MS) {
      const part = 0.5 ** Math.floor((now - this.#halvedAt) / HALF_LIFE_MS);
      this.#halvedAt = now;
      for (const [each, before] of this.#had) {
        if (before * part < WORTH_KNOWING_MS) this.#had.delete(each);
        else this.#had.set(each, before * part);
      }
    }
    this.#had.set(network, (this.#had.get(network) ?? 0) + ms);
  }

  least(networks: Iterable<string>): string | null {
    let least: string | null = null;
    for (const network of networks) {
      if (least === null || this.#of(network) < this.#of(least)) least = network;
    }
    return least;
  }

  #of(network: string): number {
    return this.#had.get(network) ?? 0;
  }
}
