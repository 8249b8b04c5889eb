import type { Request, Response } from 'express';
import type { Asker } from '../core/fair-shares.js';
import { visitorOf } from '../http/session.js';

/** On whose behalf a request asks. Without a session there is no visitor yet. */
export function askerOf(req: Request, res: Response): Asker {
  return {
    visitorId: visitorOf(req) ?? '',
    network: res.locals.tobiishi.instance.networkId(req.ip),
    address: req.ip ?? null,
  };
}
