import { createHash, createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Request } from 'express';
import { isFromTrustedProxy } from './proxies.js';
import { sessionOf } from './session.js';

/** Who is let in, as `ACCESS` and `OPERATOR` say it. */
type Rule =
  | { readonly kind: 'open' }
  | { readonly kind: 'password'; readonly isRight: (password: string) => Promise<boolean> }
  | { readonly kind: 'header'; readonly name: string };

declare module './session.js' {
  interface SessionContents {
    /** Proofs of the passwords that were given, by the gate's name. */
    entered?: Record<string, string>;
  }
}

const KEY_BYTES = 32;
const scryptKey = promisify<string, string, number, Buffer>(scrypt);

/**
 * Reads `open`, `password:TEXT`, `password:scrypt:SALT:KEY` (`scryptSync(password, SALT, 32)` of Node, in base64url) or
 * `header:NAME`. Throws a `TypeError` for anything else.
 */
export function parseRule(text: string): Rule {
  const [, kind, value = ''] = /^(open$|password:|header:)(.*)$/s.exec(text) ?? [];
  if (kind === 'open') return { kind: 'open' };
  if (kind === 'header:' && /^[\w-]+$/.test(value)) return { kind: 'header', name: value.toLowerCase() };
  if (kind !== 'password:' || value.length < 8) throw new TypeError('neither open, nor a password, nor a header');
  return { kind: 'password', isRight: value.startsWith('scrypt:') ? hashed(value) : plain(value) };
}

function plain(password: string): (given: string) => Promise<boolean> {
  const own = digest(password);
  // Of digests, because timingSafeEqual wants equal lengths.
  return async (given) => timingSafeEqual(digest(given), own);
}

function hashed(text: string): (given: string) => Promise<boolean> {
  const [, salt = '', key = '', ...rest] = text.split(':');
  const own = Buffer.from(key, 'base64url');
  if (salt === '' || own.length !== KEY_BYTES || rest.length > 0) throw new TypeError('not scrypt:SALT:KEY');
  return async (given) => timingSafeEqual(await scryptKey(given, salt, KEY_BYTES), own);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Keeps a site, or a part of it, to those whom its rule lets in. */
export class Gate {
  readonly #rule: Rule;
  readonly #proof: string;

  /** `secret` signs the proof in sessions: with another password, or another secret, all have to give it again. */
  constructor(
    readonly name: 'site' | 'operator',
    text: string,
    secret: string,
  ) {
    this.#rule = parseRule(text);
    this.#proof = createHmac('sha256', secret).update(`${name} ${text}`).digest('base64url');
  }

  get asksPassword(): boolean {
    return this.#rule.kind === 'password';
  }

  /** For a request with its session. A header counts only when it comes straight from a trusted proxy. */
  lets(req: Request): boolean {
    const rule = this.#rule;
    if (rule.kind === 'open') return true;
    if (rule.kind === 'header') return isFromTrustedProxy(req) && Boolean(req.headers[rule.name]);
    return sessionOf(req).entered?.[this.name] === this.#proof;
  }

  /** Whether the password is right; then the session is let in from now on, once the caller has saved it. */
  async enter(req: Request, password: string): Promise<boolean> {
    if (this.#rule.kind !== 'password' || !(await this.#rule.isRight(password))) return false;
    const session = sessionOf(req);
    session.entered = { ...session.entered, [this.name]: this.#proof };
    return true;
  }
}
