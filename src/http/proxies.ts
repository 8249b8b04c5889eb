import type { Request, RequestHandler } from 'express';
import type { Logger } from '../core/logger.js';

/** Whether the request came straight from a proxy that is believed (`TRUST_PROXY`, or the app around us). */
export function isFromTrustedProxy(req: Request): boolean {
  const isTrusted: (address: string | undefined, hop: number) => boolean = req.app.get('trust proxy fn');
  return isTrusted(req.socket.remoteAddress, 0);
}

/** Says once that there seems to be a proxy of which `TRUST_PROXY` knows nothing: all visitors then have its address. */
export function warnOfUnknownProxy(logger: Logger): RequestHandler {
  let isSaid = false;
  return (req, _res, next) => {
    if (!isSaid && req.headers['x-forwarded-for'] !== undefined && !isFromTrustedProxy(req)) {
      isSaid = true;
      logger.warn(
        { address: req.socket.remoteAddress },
        'X-Forwarded-For came, but TRUST_PROXY is 0: behind a proxy, set it to how many stand in front',
      );
    }
    next();
  };
}
