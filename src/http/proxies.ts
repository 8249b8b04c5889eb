import type { Request, RequestHandler } from 'express';
import type { Logger } from '../core/logger.js';
import { ipaddr } from './packages.js';

/** Whether the request came straight from a proxy that is believed (`TRUST_PROXY`, or the app around us). */
export function isFromTrustedProxy(req: Request): boolean {
  const isTrusted: (address: string | undefined, hop: number) => boolean = req.app.get('trust proxy fn');
  return isTrusted(req.socket.remoteAddress, 0);
}

/** Says once that there seems to be a proxy of which `TRUST_PROXY` knows nothing: all visitors then have its address. */
export function warnOfUnknownProxy(logger: Logger): RequestHandler {
  let isSaid = false;
  return (req, _res, next) => {
    const problem = isSaid ? null : problemOf(req);
    if (problem !== null) {
      isSaid = true;
      logger.warn({ address: req.ip }, `${problem}: set it to how many proxies stand in front`);
    }
    next();
  };
}

/** Why it seems that more proxies stand in front than are believed; null when nothing does. */
function problemOf(req: Request): string | null {
  const forwarded = req.headers['x-forwarded-for'];
  if (forwarded === undefined) return null;
  if (!isFromTrustedProxy(req)) return 'X-Forwarded-For came, but TRUST_PROXY is 0';
  // The last proxy that is believed says who asked it. A visitor of the Internet has a public address, so that this is one more
  // proxy, which has told of somebody before it.
  const isNotFirst = String(forwarded).split(',').length > req.ips.length;
  return isNotFirst && isInnerAddress(req.ip)
    ? 'X-Forwarded-For names more proxies than TRUST_PROXY, and visitors seem to come from an address of an inner network'
    : null;
}

function isInnerAddress(address: string | undefined): boolean {
  if (address === undefined || !ipaddr().isValid(address)) return false;
  return ipaddr().process(address).range() !== 'unicast';
}
