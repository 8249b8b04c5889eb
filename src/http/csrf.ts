import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { fillRandom } from './random.js';
import { ensureVisitor, hasSessionCookie, isByToken, sessionOf } from './session.js';

const TOKEN_BYTES = 16;

/**
 * The session's token, made when first needed, in a form that differs in each answer: what never repeats cannot be guessed
 * from how well a page compresses (BREACH). The caller saves the session before it sends the page.
 */
export function csrfToken(req: Request): string {
  ensureVisitor(req);
  const current = sessionOf(req);
  current.csrfToken ??= randomBytes(TOKEN_BYTES).toString('base64url');
  return masked(Buffer.from(current.csrfToken, 'base64url'));
}

/** A mask, and the token under it. */
function masked(token: Buffer): string {
  const bytes = Buffer.alloc(2 * TOKEN_BYTES);
  fillRandom(bytes, TOKEN_BYTES);
  for (let i = 0; i < TOKEN_BYTES; i += 1) bytes[TOKEN_BYTES + i] = (bytes[i] ?? 0) ^ (token[i] ?? 0);
  return bytes.toString('base64url');
}

/** The other way round; null for what is no masked token. */
function unmasked(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 2 * TOKEN_BYTES) return null;
  return combined(bytes.subarray(0, TOKEN_BYTES), bytes.subarray(TOKEN_BYTES));
}

function combined(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}

/** Refuses a POST without the session's token in `_csrf`. Whoever has no cookie at all is told about cookies instead. */
export const csrf: RequestHandler = (req, _res, next) => {
  if (isByToken(req)) return next();
  if (!hasSessionCookie(req)) throw new TobiishiError('cookies-off', 'a form was sent without the session cookie');
  if (!isTokenOf(req, req.body?._csrf)) throw badToken();
  next();
};

export function badToken(): TobiishiError {
  return new TobiishiError('bad-token', 'a form was sent with a token that is not of its session');
}

/** Whether it is a token of the request's session. */
export function isTokenOf(req: Request, given: unknown): boolean {
  const expected = sessionOf(req).csrfToken;
  return expected !== undefined && typeof given === 'string' && isOf(given, expected);
}

function isOf(given: string, expected: string): boolean {
  const [token, own] = [unmasked(given), Buffer.from(expected, 'base64url')];
  return token !== null && token.length === own.length && timingSafeEqual(token, own);
}
