import type { NextFunction, Request, RequestHandler } from 'express';
import { networkOf } from './network.js';

/**
 * Lets in one request at each turn of the event loop. Those that come meanwhile wait, and networks take turns: whoever sends a
 * thousand at once keeps others for one of them at a time, not for all. A request that comes alone does not wait.
 */
export function fairRequests(): RequestHandler {
  /** By network; the one that waits longest for its turn is first. */
  const waiting = new Map<string, { readonly req: Request; readonly next: NextFunction }[]>();
  let isTaken = false;
  const letIn = () => {
    const [first] = waiting;
    if (first === undefined) {
      isTaken = false;
      return;
    }
    setImmediate(letIn);
    const [network, requests] = first;
    const request = requests.shift();
    waiting.delete(network);
    if (requests.length > 0) waiting.set(network, requests);
    // Nobody waits any more for the answer of one whose connection is gone. A request itself is over once its body was read.
    if (request?.req.socket.destroyed === false) request.next();
  };
  return (req, _res, next) => {
    if (!isTaken) {
      isTaken = true;
      setImmediate(letIn);
      return next();
    }
    const network = networkOf(req.ip) ?? '';
    const requests = waiting.get(network);
    if (requests === undefined) waiting.set(network, [{ req, next }]);
    else requests.push({ req, next });
  };
}
