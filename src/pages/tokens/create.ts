import type { RequestHandler } from 'express';
import { type ApiTokenStore, hashOf, MOST_TOKENS_OF_ALL, newToken } from '../../core/api-tokens.js';
import { ensureVisitor, sessionOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { countKept } from '../starts.js';
import { MAX_LABEL, sendTokens } from './show.js';

/** Makes a token and shows it, once. It is let in as its visitor is, but never as the operator. */
export function tokenCreate(deps: PageDeps, tokens: ApiTokenStore): RequestHandler {
  return async (req, res) => {
    await countKept(deps, req);
    const { label } = req.body;
    const token = newToken();
    const { site } = sessionOf(req).entered ?? {};
    const kept = {
      hash: hashOf(token) ?? '',
      visitorId: ensureVisitor(req),
      label: typeof label === 'string' ? [...label.trim()].slice(0, MAX_LABEL).join('') : '',
      entered: site === undefined ? {} : { site },
    };
    const isKept = await tokens.add(kept, MOST_TOKENS_OF_ALL);
    await sendTokens(deps, tokens, req, res, { token: isKept ? token : null });
  };
}
