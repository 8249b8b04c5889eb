import type { Request, RequestHandler } from 'express';
import { cookieSession } from './packages.js';
import { SESSION_COOKIE, type SessionSettings } from './session.js';

/** A store whose runs travel in the visitor's cookie. */
export interface Carrier {
  /** The visitor's newest run as text; null when there is none, undefined when it does not fit into the cookie. */
  dump(visitorId: string): Promise<string | null | undefined>;
  /** Takes such a text back. */
  load(text: string): Promise<void>;
  /** For a run that another process had and this one has not had at work yet; null for every other. */
  stranger(runId: string): Stranger | null;
}

export interface Stranger {
  /** A step was, when the run was last carried away: the attempt is counted in what came. */
  readonly atWork: boolean;
}

declare module 'express-session' {
  interface SessionData {
    carried: string;
  }
}

/**
 * The whole session, and the run with it, in a signed cookie. `save` is express-session's: it puts the run as it is
 * now into the session, which cookie-session writes with the headers of the answer.
 */
export function carriedSession(carrier: Carrier, settings: SessionSettings): RequestHandler[] {
  const read = cookieSession()({
    name: SESSION_COOKIE,
    keys: settings.sessionSecrets,
    maxAge: settings.sessionTtlMs,
    httpOnly: true,
    sameSite: 'lax',
  });
  const takeBack: RequestHandler = async (req, _res, next) => {
    carriers.set(req, carrier);
    if (req.session.carried) await carrier.load(req.session.carried);
    Object.defineProperty(req.session, 'save', {
      value: (done: (error?: unknown) => void) => putIn(carrier, req).then(() => done(), done),
    });
    next();
  };
  return [read, takeBack];
}

const carriers = new WeakMap<Request, Carrier>();

/** `Carrier.stranger`; null for every run where runs do not travel. */
export function strangerTo(req: Request, runId: string): Stranger | null {
  return carriers.get(req)?.stranger(runId) ?? null;
}

async function putIn(carrier: Carrier, { session }: Request): Promise<void> {
  const text = session.visitorId ? await carrier.dump(session.visitorId) : null;
  // What was carried before is better than nothing.
  if (text === undefined) return;
  if (text === null) {
    delete session.carried;
    return;
  }
  session.carried = text;
  // Every byte counts: of the runs shown, only the one that is carried can be gone back to.
  if (session.runs) session.runs = Object.fromEntries(Object.entries(session.runs).slice(-1));
}
