import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Logger } from '../core/logger.js';
import { isFromTrustedProxy } from './proxies.js';

declare global {
  namespace Express {
    interface Request {
      /** Also in the header `X-Request-Id` of the answer. */
      id: string;
      /** Every message says which request it is about. */
      log: Logger;
    }
  }
}

/** Only these: headers hold cookies. */
interface RequestAbout {
  readonly id: string;
  readonly method: string;
  readonly url: string;
}

/**
 * A line a request, with an id that is also in the answer. Step requests are many, so what went well is debug. `loggable`
 * takes out of an address what is for no log.
 */
export function requestLog(logger: Logger, loggable: (address: string) => string): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    req.id = idOf(req);
    res.setHeader('X-Request-Id', req.id);
    const about = { id: req.id, method: req.method, url: loggable(req.originalUrl) };
    req.log = new RequestLogger(logger, about);
    res.on('close', () => {
      const { statusCode } = res;
      const isWrite = req.method !== 'GET';
      const level = statusCode >= 500 ? 'error' : statusCode >= 400 || isWrite ? 'info' : 'debug';
      const responseTime = Math.round(performance.now() - startedAt);
      const message = res.writableFinished ? 'request completed' : 'request aborted';
      logger[level]({ req: about, res: { statusCode }, responseTime }, message);
    });
    next();
  };
}

class RequestLogger implements Logger {
  constructor(
    private readonly logger: Logger,
    private readonly req: RequestAbout,
  ) {}

  error(fields: object, message?: string): void {
    this.logger.error({ req: this.req, ...fields }, message);
  }

  warn(fields: object, message?: string): void {
    this.logger.warn({ req: this.req, ...fields }, message);
  }

  info(fields: object, message?: string): void {
    this.logger.info({ req: this.req, ...fields }, message);
  }

  debug(fields: object, message?: string): void {
    this.logger.debug({ req: this.req, ...fields }, message);
  }
}

/** One that the app around or a trusted proxy gave is taken over, unless it could break the log or the header. */
function idOf(req: Request): string {
  const ofProxy = isFromTrustedProxy(req) ? req.headers['x-request-id'] : undefined;
  for (const given of [req.id, ofProxy] as unknown[]) {
    const id = typeof given === 'number' ? String(given) : given;
    if (typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id)) return id;
  }
  return randomUUID();
}
