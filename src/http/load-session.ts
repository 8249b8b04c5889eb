import type { Request, RequestHandler, Response } from 'express';
import expressSession, { Store as SessionStore } from 'express-session';
import { visitorOfUser } from '../core/access.js';
import { KeptSessions } from './kept-sessions.js';
import { SealedCookie, sealedSession } from './sealed-session.js';
import { type Carrier, type KeptSession, RequestSession, type Unstored } from './session.js';

/** Who a request's visitor is in the app around us: an id of that app, or null for somebody it does not know. */
export type FindVisitor = (req: Request) => VisitorId | Promise<VisitorId>;
export type VisitorId = string | number | null | undefined;

export interface SessionSettings {
  readonly sessionSecrets: readonly string[];
  readonly sessionTtlMs: number;
  /** Null: every visitor is an anonymous session. */
  readonly visitor: FindVisitor | null;
  /**
   * Those of `SessionContents` that are maps: where two requests changed one, both changes hold. As long as they are empty, our
   * own session is kept in its cookie alone.
   */
  readonly maps: readonly string[];
}

type Load = (req: Request, res: Response, next: (error?: unknown) => void) => void;

const COOKIE = 'tobiishi';
/** Such a name is only taken from https, at `/`, of this very host: no neighbour can plant one. */
const SECURE_COOKIE = `__Host-${COOKIE}`;

/** Our own session, by the name of its cookie. */
interface OwnSession {
  readonly name: string;
  readonly load: Load;
  /** That of the same name, for a session that the store need not keep yet; null where the store keeps none. */
  readonly unstored: SealedCookie | null;
  /** Null where the store has no sessions at hand. */
  readonly kept: KeptSessions | null;
}

/**
 * Gives a request its session: that of the app around us, where it has one, or else our own, which lies in `store` or, as
 * a whole, in a sealed cookie. Our own cookie is for the mount alone.
 */
export function loadSession(store: SessionStore | Carrier, settings: SessionSettings): RequestHandler {
  const ownSession = (name: string): OwnSession => {
    const { sessionSecrets: secrets, sessionTtlMs: ttlMs } = settings;
    const cookie = { name, secrets, ttlMs, cookiePath };
    if (!(store instanceof SessionStore)) return { name, load: sealedSession(cookie), unstored: null, kept: null };
    const load = storedSession(name, store, settings);
    const unstored = new SealedCookie(cookie, 'tobiishi new session');
    return { name, load, unstored, kept: KeptSessions.of(store, { cookie: name, secrets, load }) };
  };
  const [plain, secure] = [ownSession(COOKIE), ownSession(SECURE_COOKIE)];
  const carrier = store instanceof SessionStore ? null : store;
  const attach = (req: Request, res: Response, own: OwnSession | null, kept: KeptSession | null = null) => {
    const { maps } = settings;
    const unstored = kept === null && own?.unstored ? bound(own.unstored, req, res) : null;
    const session = new RequestSession(req, { cookie: own?.name ?? null, unstored, kept, carrier, maps });
    req.tobiishiSession = session;
    return session;
  };
  /** What the session does not know by itself: what it carries, and who the visitor is to the app around us. */
  const complete = async (req: Request, session: RequestSession) => {
    if (carrier !== null && session.contents.carried) await carrier.load(session.contents.carried);
    const id = await settings.visitor?.(req);
    if (id !== null && id !== undefined) session.hostVisitor = visitorOfUser(id);
  };
  return (req, res, next) => {
    if (req.tobiishiSession !== undefined) return next();
    // Null where an app has just ended it.
    if (req.session) return complete(req, attach(req, res, null)).then(() => next(), next);
    const own = req.secure && res.locals.tobiishi.mount === '' ? secure : plain;
    // The app around us may look into the session.
    const kept = settings.visitor === null ? (own.kept?.find(req, res) ?? null) : null;
    if (kept !== null) {
      attach(req, res, own, kept);
      return next();
    }
    own.load(req, res, (error) => {
      // A store that says that it is disconnected leaves requests without a session.
      if (error || !req.session) return next(error);
      complete(req, attach(req, res, own, own.kept?.loaded(req))).then(() => next(), next);
    });
  };
}

function bound(cookie: SealedCookie, req: Request, res: Response): Unstored {
  return {
    read: () => cookie.read(req),
    write: (contents) => cookie.write(req, res, contents),
    takeBack: () => cookie.takeBack(res),
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
