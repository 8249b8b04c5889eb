import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { PageDeps } from '../deps.js';
import { loadFigures } from './load.js';

/** For Prometheus, by its token, or for the operator's browser. */
export function metricsShow(deps: PageDeps): RequestHandler {
  const { metrics, metricsToken, operator } = deps;
  return async (req, res) => {
    const isAllowed = hasToken(req, metricsToken) || operator?.lets(req) === true;
    if (metrics === null || !isAllowed) throw new TobiishiError('not-let-in', 'the metrics are for the operator');
    res.setHeader('Cache-Control', 'no-store');
    res.type(metrics.contentType).send(await metrics.text(await loadFigures(deps)));
  };
}

function hasToken({ headers }: Request, token: string | null): boolean {
  const [, given] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  return token !== null && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

/** timingSafeEqual wants equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
