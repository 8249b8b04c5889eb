import type { RequestHandler } from 'express';

/**
 * The handlers as one, each called by the one before it: Express matches the address anew for each that it is given by itself.
 * What one of them throws, or rejects with, goes to Express as from a handler of its own.
 */
export function inTurn<P>(...handlers: readonly RequestHandler<P>[]): RequestHandler<P> {
  return handlers.reduceRight<RequestHandler<P>>(
    (rest, handler) => (req, res, next) => {
      try {
        const done = handler(req, res, (error?: unknown) => (error ? next(error) : rest(req, res, next)));
        if (done instanceof Promise) done.catch(next);
      } catch (error) {
        next(error);
      }
    },
    (_req, _res, next) => next(),
  );
}
