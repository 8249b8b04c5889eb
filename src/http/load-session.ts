import type { Request, RequestHandler, Response } from 'express';
import expressSession, { Store as SessionStore } from 'express-session';
import { visitorOfUser } from '../core/access.js';
import { sealedSession } from './sealed-session.js';
import { type Carrier, RequestSession } from './session.js';

/** Who a request's visitor is in the app around us: an id of that app, or null for somebody it does not know. */
export type FindVisitor = (req: Request) => VisitorId | Promise<VisitorId>;
export type VisitorId = string | number | null | undefined;

export interface SessionSettings {
  readonly sessionSecrets: readonly string[];
  readonly sessionTtlMs: number;
  /** Null: every visitor is an anonymous session. */
  readonly visitor: FindVisitor | null;
  /** Those of `SessionContents` that are maps: where two requests changed one, both changes hold. */
  readonly maps: readonly string[];
}

type Load = (req: Request, res: Response, next: (error?: unknown) => void) => void;

const COOKIE = 'tobiishi';
/** Such a name is only taken from https, at `/`, of this very host: no neighbour can plant one. */
const SECURE_COOKIE = `__Host-${COOKIE}`;

/**
 * Gives a request its session: that of the app around us, where it has one, or else our own, which lies in `store` or, as
 * a whole, in a sealed cookie. Our own cookie is for the mount alone.
 */
export function loadSession(store: SessionStore | Carrier, settings: SessionSettings): RequestHandler {
  const own = (name: string) =>
    store instanceof SessionStore
      ? storedSession(name, store, settings)
      : sealedSession({ name, secrets: settings.sessionSecrets, ttlMs: settings.sessionTtlMs, cookiePath });
  const loaders = { [COOKIE]: own(COOKIE), [SECURE_COOKIE]: own(SECURE_COOKIE) };
  const carrier = store instanceof SessionStore ? null : store;
  const attach = async (req: Request, cookie: string | null) => {
    // A store that says that it is disconnected leaves requests without a session.
    if (!req.session) return;
    const { maps } = settings;
    const session = new RequestSession(req, { cookie, carrier, maps });
    req.tobiishiSession = session;
    if (carrier !== null && session.contents.carried) await carrier.load(session.contents.carried);
    const id = await settings.visitor?.(req);
    if (id !== null && id !== undefined) session.hostVisitor = visitorOfUser(id);
  };
  return async (req, res, next) => {
    if (req.tobiishiSession !== undefined) return next();
    // Null where an app has just ended it.
    if (req.session) {
      await attach(req, null);
      return next();
    }
    const cookie = req.secure && res.locals.tobiishi.mount === '' ? SECURE_COOKIE : COOKIE;
    loaders[cookie]?.(req, res, (error) => {
      if (error) return next(error);
      attach(req, cookie).then(() => next(), next);
    });
  };
}

function storedSession(name: string, store: SessionStore, settings: SessionSettings): Load {
  const load = expressSession({
    store,
    name,
    secret: [...settings.sessionSecrets],
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: settings.sessionTtlMs },
  });
  return (req, res, next) =>
    load(req, res, (error?: unknown) => {
      // express-session saves behind the page. What fails then is logged: by now the page has left as a whole, and Express
      // would cut its connection, which the next request may be using.
      if (res.headersSent) return req.log.error({ err: error }, 'the session could not be saved');
      // Not as an option: express-session would leave out requests whose address a proxy has rewritten.
      if (req.session !== undefined) req.session.cookie.path = cookiePath(res);
      next(error);
    });
}

function cookiePath(res: Response): string {
  return res.locals.tobiishi.mount || '/';
}
