import type { RequestHandler } from 'express';
import type { ApiTokenStore } from '../../core/api-tokens.js';
import { visitorOf } from '../../http/session.js';

/** Takes a token back: what uses it is let in no more. */
export function tokenRemove(tokens: ApiTokenStore): RequestHandler {
  return async (req, res) => {
    const visitorId = visitorOf(req);
    if (visitorId !== null) await tokens.remove(visitorId, String(req.body.token));
    res.redirect(303, res.locals.tobiishi.paths.tokens);
  };
}
