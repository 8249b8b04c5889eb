import type { RequestHandler } from 'express';
import { type ApiTokenStore, hashOf } from '../core/api-tokens.js';
import { TobiishiError } from '../core/errors.js';
import { RequestSession } from './session.js';

/**
 * Whoever sends `Authorization: Bearer …` with one of our tokens is the visitor who made it, whatever cookies came along.
 * Nothing is kept between such requests. A token of ours that is none any more is refused; those of others are left alone.
 */
export function bearerToken(tokens: ApiTokenStore | null): RequestHandler {
  const use: RequestHandler = async (req, res, next) => {
    const [, token = ''] = /^Bearer +(\S+) *$/i.exec(req.headers.authorization ?? '') ?? [];
    const hash = hashOf(token);
    if (hash === null || tokens === null) return next();
    const found = await tokens.use(hash);
    if (found === null) {
      res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
      throw new TobiishiError('bad-api-token', 'there is no such token, or none any more');
    }
    const { visitorId, entered } = found;
    req.tobiishiSession = new RequestSession(req, {
      cookie: null,
      unstored: null,
      carrier: null,
      maps: [],
      ofToken: { visitorId, entered },
    });
    next();
  };
  return (req, res, next) => (req.headers.authorization === undefined ? next() : use(req, res, next));
}
