import type { CookieOptions, Request, Response } from 'express';
import { SecretBox } from '../core/secrets.js';
import type { SessionContents } from './session.js';

export interface SealedCookieSettings {
  readonly name: string;
  /** The newest first. */
  readonly secrets: readonly string[];
  readonly ttlMs: number;
  cookiePath(res: Response): string;
}

/** What is sealed: `until` is in ms since 1970, because whoever copied a cookie need not forget it when it expires. */
interface Sealed extends SessionContents {
  readonly until?: number;
}

/**
 * A session's contents in a cookie: sealed, so that nobody in the browser or on the way reads what a job was given, or
 * changes it.
 */
export class SealedCookie {
  readonly #box: SecretBox;

  /** What was sealed for one purpose is nothing to another. */
  constructor(
    private readonly settings: SealedCookieSettings,
    purpose: string,
  ) {
    this.#box = new SecretBox(settings.secrets, purpose);
  }

  /** Nothing, when there is none that can be opened. */
  read(req: Request): SessionContents {
    const text = this.#box.open(cookieOf(req, this.settings.name));
    if (text === null) return {};
    const { until = 0, ...contents }: Sealed = JSON.parse(text);
    return until > Date.now() ? contents : {};
  }

  /** An answer may write it more than once: the last one counts. */
  write(req: Request, res: Response, contents: SessionContents): void {
    const { name, ttlMs, cookiePath } = this.settings;
    const until = Date.now() + ttlMs;
    const options: CookieOptions = {
      path: cookiePath(res),
      expires: new Date(until),
      httpOnly: true,
      sameSite: 'lax',
      secure: req.secure,
      encode: String,
    };
    this.takeBack(res);
    res.cookie(name, this.#box.seal(JSON.stringify({ ...contents, until } satisfies Sealed)), options);
  }

  /** The answer does not write it after all. */
  takeBack(res: Response): void {
    const lines = [res.getHeader('Set-Cookie') ?? []].flat().map(String);
    const others = lines.filter((line) => !line.startsWith(`${this.settings.name}=`));
    if (others.length === lines.length) return;
    if (others.length === 0) res.removeHeader('Set-Cookie');
    else res.setHeader('Set-Cookie', others);
  }
}

/** Gives a request a session that lives in its cookie alone. Saving sets the cookie of the answer. */
export function sealedSession(settings: SealedCookieSettings) {
  const cookie = new SealedCookie(settings, 'tobiishi session cookie');
  return (req: Request, res: Response, next: (error?: unknown) => void): void => {
    const session: { tobiishi: SessionContents; save(callback: () => void): void } = {
      tobiishi: cookie.read(req),
      save(callback) {
        cookie.write(req, res, session.tobiishi);
        callback();
      },
    };
    req.session = session as unknown as Request['session'];
    next();
  };
}

/** As it came; empty when there is none. */
export function cookieOf({ headers }: Request, name: string): string {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}
