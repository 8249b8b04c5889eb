import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { ensureVisitor, hasSessionCookie, sessionOf } from './session.js';

/** The session's token, made when first needed. The caller saves the session before it sends the page. */
export function csrfToken(req: Request): string {
  ensureVisitor(req);
  const current = sessionOf(req);
  current.csrfToken ??= randomBytes(16).toString('base64url');
  return current.csrfToken;
}

/** Refuses a POST without the session's token in `_csrf`. Whoever has no cookie at all is told about cookies instead. */
export const csrf: RequestHandler = (req, _res, next) => {
  if (!hasSessionCookie(req)) throw new TobiishiError('cookies-off', 'a form was sent without the session cookie');
  const expected = sessionOf(req).csrfToken;
  const given: unknown = req.body?._csrf;
  if (expected === undefined || typeof given !== 'string' || !same(given, expected)) {
    throw new TobiishiError('bad-token', 'a form was sent with a token that is not of its session');
  }
  next();
};

/** Of digests, because timingSafeEqual wants equal lengths. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
