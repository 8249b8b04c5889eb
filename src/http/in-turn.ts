import type { RequestHandler } from 'express';

/**
 * The handlers as one, each called by the one before it: Express matches the address anew for each that it is given by itself.
 * For handlers that call `next` or throw before they return.
 */
export function inTurn(...handlers: readonly RequestHandler[]): RequestHandler {
  return handlers.reduceRight<RequestHandler>(
    (rest, handler) => (req, res, next) =>
      handler(req, res, (error?: unknown) => (error ? next(error) : rest(req, res, next))),
    (_req, _res, next) => next(),
  );
}
