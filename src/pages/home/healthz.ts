import type { RequestHandler } from 'express';
import type { PageDeps } from '../deps.js';

/** For load balancers and monitors: is the store reachable? With little space left what runs goes on, so that it is still fine. */
export function healthzShow({ store, disk }: PageDeps): RequestHandler {
  return async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    try {
      await store.ping();
      res.json({ status: 'ok', ...(disk && { disk: (await disk.isLow()) ? 'low' : 'ok' }) });
    } catch (error) {
      req.log.error({ err: error }, 'the store cannot be reached');
      res.status(503).json({ status: 'store-unavailable' });
    }
  };
}
