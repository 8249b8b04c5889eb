import type { CookieOptions, Request, Response } from 'express';
import { SecretBox } from '../core/secrets.js';
import type { SessionContents } from './session.js';

export interface SealedSessionSettings {
  readonly name: string;
  /** The newest first. */
  readonly secrets: readonly string[];
  readonly ttlMs: number;
  cookiePath(res: Response): string;
}

/**
 * Gives a request a session that its browser keeps in a cookie: sealed, so that nobody there or on the way reads what a
 * job was given, or changes it. One that cannot be opened is an empty one. Saving sets the cookie of the answer.
 */
export function sealedSession(settings: SealedSessionSettings) {
  const { name, secrets, ttlMs, cookiePath } = settings;
  const box = new SecretBox(secrets, 'tobiishi session cookie');
  return (req: Request, res: Response, next: (error?: unknown) => void): void => {
    const session: { tobiishi: SessionContents; save(callback: () => void): void } = {
      tobiishi: contentsOf(box, cookieOf(req, name)),
      save(callback) {
        replaceCookie(res, name, box.seal(JSON.stringify(session.tobiishi)), {
          path: cookiePath(res),
          expires: new Date(Date.now() + ttlMs),
          httpOnly: true,
          sameSite: 'lax',
          secure: req.secure,
        });
        callback();
      },
    };
    req.session = session as unknown as Request['session'];
    next();
  };
}

function contentsOf(box: SecretBox, cookie: string): SessionContents {
  const text = box.open(cookie);
  return text === null ? {} : JSON.parse(text);
}

/** Empty when there is none. */
function cookieOf({ headers }: Request, name: string): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

/** A session may be saved more than once for an answer: the last cookie counts. */
function replaceCookie(res: Response, name: string, value: string, options: CookieOptions): void {
  const others = [res.getHeader('Set-Cookie') ?? []].flat().filter((line) => !String(line).startsWith(`${name}=`));
  res.setHeader('Set-Cookie', others.map(String));
  res.cookie(name, value, { ...options, encode: String });
}
