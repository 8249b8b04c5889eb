import type { RequestHandler } from 'express';
import type { PageDeps } from '../deps.js';

/** For load balancers and monitors: is the store reachable? */
export function healthzShow({ store }: PageDeps): RequestHandler {
  return async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    try {
      await store.ping();
      res.json({ status: 'ok' });
    } catch (error) {
      req.log.error({ err: error }, 'the store cannot be reached');
      res.status(503).json({ status: 'store-unavailable' });
    }
  };
}
