import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Request, Response } from 'express';
import { TobiishiError } from '../core/errors.js';

/** Everything of ours in a session: what stands under its key `tobiishi`. Small: it may travel in a cookie. */
export interface SessionContents {
  visitorId?: string;
  csrfToken?: string;
  language?: string;
  /** Each step loads a page instead of changing the one that is there. */
  plain?: boolean;
  /** What a `Carrier` has the visitor's browser keep. */
  carried?: string;
}

declare module 'express-session' {
  interface SessionData {
    tobiishi: SessionContents;
  }
}

declare global {
  namespace Express {
    interface Request {
      tobiishiSession?: RequestSession;
    }
  }
}

/** A store that keeps what is a visitor's in the visitor's session. */
export interface Carrier {
  /** It as text; null when there is none, undefined when it does not fit into the session. */
  dump(visitorId: string): Promise<string | null | undefined>;
  /** Takes such a text back. */
  load(text: string): Promise<void>;
}

/** A session of our own whose store has it at hand: read and saved at once. express-session is asked for what else there is. */
export interface KeptSession {
  /** As it is now, not to be changed; null when it has ended. */
  contents(): SessionContents | null;
  /** In the transaction of the store that is under way if one is. False when it has ended. */
  save(contents: SessionContents): boolean;
  /** Has express-session load it: it is the request's `session` then. */
  load(): Promise<void>;
}

/** Where our own session is kept before it is worth a record in the store: in the visitor's browser. */
export interface Unstored {
  read(): SessionContents;
  write(contents: SessionContents): void;
  /** What was written to this answer does not leave with it. */
  takeBack(): void;
}

interface RequestSessionOptions {
  /** The name of our own cookie; null where the session is that of the app around us. */
  readonly cookie: string | null;
  /** Null where a session is kept in one place from the beginning. */
  readonly unstored: Unstored | null;
  /** Null where express-session, or another package, has loaded it. */
  readonly kept?: KeptSession | null;
  readonly carrier: Carrier | null;
  readonly maps: readonly string[];
  /** What a token of the visitor's stands for, in place of a session: nothing is saved. */
  readonly ofToken?: SessionContents | null;
}

/** While a request lasts longer than this, the visitor may have changed the session by another one. */
const MOMENT_MS = 100;

/** Our part of a request's session: a copy, so that nothing but `save` changes the session itself. */
export class RequestSession {
  readonly contents: SessionContents;
  readonly cookie: string | null;
  readonly carrier: Carrier | null;
  /** The visitor's id by the word of the app around us; null when it knows none. */
  hostVisitor: string | null = null;
  /** Made for this request alone, by a token that came with it. */
  readonly isOfToken: boolean;
  readonly #req: Request;
  readonly #maps: readonly string[];
  readonly #unstored: Unstored | null;
  #kept: KeptSession | null;
  /** Whether the store has a record of it. */
  #isStored: boolean;
  /** The one with the former id, which ends once that with the new id is saved. */
  #left: Pick<Request, 'session' | 'sessionID'> | null = null;
  /** Our part as it was kept last: an unchanged one is not written again. What changes in it is replaced, not changed itself. */
  #saved: { readonly contents: SessionContents; readonly at: number };

  constructor(req: Request, { cookie, unstored, kept = null, carrier, maps, ofToken = null }: RequestSessionOptions) {
    const stored = ofToken ?? (kept === null ? req.session.tobiishi : kept.contents());
    this.#req = req;
    this.cookie = cookie;
    this.carrier = carrier;
    this.#maps = maps;
    this.#unstored = unstored;
    this.#kept = kept;
    this.#isStored = stored !== undefined || unstored === null;
    this.isOfToken = ofToken !== null;
    this.contents = { ...(stored ?? unstored?.read()) };
    this.#saved = kept && stored ? { contents: stored, at: performance.now() } : this.#asNow();
  }

  #asNow() {
    return { contents: { ...this.contents }, at: performance.now() };
  }

  get #isChanged(): boolean {
    const [before, now] = [this.#saved.contents as Fields, this.contents as Fields];
    const isOther = (name: string) => before[name] !== now[name];
    return Object.keys(now).some(isOther) || Object.keys(before).some(isOther);
  }

  /** Of what travels in a cookie, every byte counts. */
  get isInCookie(): boolean {
    return this.#kept === null && this.#req.sessionStore === undefined;
  }

  /**
   * Gives our own session another id; what it holds stays, and has to be saved. A session of the app around us is that
   * app's to renew, and one in a cookie has no id.
   */
  async renew(): Promise<void> {
    if (this.cookie === null || this.isInCookie || this.isOfToken || !this.#isStored) return;
    const session = await this.#whole();
    const { sessionID, sessionStore } = this.#req;
    const { path = '/' } = session.cookie;
    this.#left = { session, sessionID };
    sessionStore.generate(this.#req);
    this.#req.session.cookie.path = path;
    this.#saved = { contents: {}, at: performance.now() };
  }

  /** Nothing of ours is left in it; a session of our own is gone, and so is its cookie. */
  async end(res: Response): Promise<void> {
    for (const name of Object.keys(this.contents)) delete this.contents[name as keyof SessionContents];
    if (this.isOfToken) return;
    if (this.cookie === null) {
      delete (this.#req.session as Partial<Request['session']>).tobiishi;
      return;
    }
    const path = res.locals.tobiishi.mount || '/';
    if (!this.isInCookie && this.#isStored) {
      const session = await this.#whole();
      await settled((callback) => session.destroy(callback));
    }
    res.clearCookie(this.cookie, { path, httpOnly: true, sameSite: 'lax', secure: this.#req.secure });
  }

  /** For what changes more than our part of it. */
  async #whole(): Promise<Request['session']> {
    await this.#kept?.load();
    this.#kept = null;
    return this.#req.session;
  }

  async save(): Promise<void> {
    if (this.isOfToken || this.saveAtOnce()) return;
    await this.#carry();
    if (!this.#isChanged) return;
    if (this.#isStored || this.#isWorthARecord) {
      if (!(await this.#store())) return;
    } else this.#unstored?.write(this.contents);
    this.#saved = this.#asNow();
  }

  /**
   * Saves a session that is at hand, without a new cookie: in the transaction of the store that is under way if one is. False
   * for others: `save` does it then.
   */
  saveAtOnce(): boolean {
    const kept = this.#kept;
    if (kept === null) return false;
    if (!this.#isChanged) return true;
    const stored = kept.contents();
    if (stored === null) return true;
    // Saved by another request meanwhile.
    if (stored !== this.#saved.contents) this.#takeIn(stored);
    const now = this.#asNow();
    if (kept.save(now.contents)) this.#saved = now;
    return true;
  }

  get #lasted(): boolean {
    return performance.now() - this.#saved.at > MOMENT_MS;
  }

  /** It knows a run or a password: until then whoever looks at a form leaves nothing in the store. */
  get #isWorthARecord(): boolean {
    const current = this.contents as Fields;
    return this.#maps.some((name) => Object.keys(fields(current[name])).length > 0);
  }

  /** False when it has ended meanwhile. */
  async #store(): Promise<boolean> {
    if (this.#isStored && this.#lasted && !(await this.#takeInChanges())) return false;
    const { session } = this.#req;
    session.tobiishi = { ...this.contents };
    // Else the record keeps the expiry that it was made with, by which it is known when to renew it.
    if (this.cookie !== null && !this.isInCookie) session.touch();
    // cookie-session, in the app around us, has nothing to wait for: it leaves with the headers of the answer.
    if (typeof session.save === 'function') {
      await settled((callback) => session.save(callback)).catch((error) => {
        this.#goBack();
        throw error;
      });
    }
    await this.#endLeft();
    // Its own cookie leaves with the answer instead.
    if (!this.#isStored) this.#unstored?.takeBack();
    this.#isStored = true;
    return true;
  }

  /**
   * To what the visitor's cookie stands for. Express-session would send the cookie of a session that could not be saved, in the
   * place of that, and save it once more behind the answer.
   */
  #goBack(): void {
    if (this.#left !== null) Object.assign(this.#req, this.#left);
    else if (!this.#isStored) delete (this.#req as Partial<Request>).session;
  }

  async #endLeft(): Promise<void> {
    if (this.#left === null) return;
    const { sessionID } = this.#left;
    this.#left = null;
    await settled((callback) => this.#req.sessionStore.destroy(sessionID, callback));
  }

  async #carry(): Promise<void> {
    const visitorId = visitorOf(this.#req);
    if (this.carrier === null) return;
    const text = visitorId === null ? null : await this.carrier.dump(visitorId);
    if (text === null) delete this.contents.carried;
    // What was carried before is better than nothing.
    else if (text !== undefined) this.contents.carried = text;
  }

  /**
   * What other requests of the visitor saved while this one was held (another language, something deleted, whatever the app
   * around us keeps) is taken over, so that saving changes only what this request itself did. False when the session has
   * ended meanwhile, by logging out, say: saving would raise it from the dead. Of a cookie there is no newer copy to be had.
   */
  async #takeInChanges(): Promise<boolean> {
    const { sessionStore, sessionID, session } = this.#req;
    if (sessionStore === undefined) return true;
    const stored = await new Promise<Fields | null>((resolve, reject) => {
      sessionStore.get(sessionID, (error, found) =>
        error ? reject(unavailable(error)) : resolve(found ? { ...found } : null),
      );
    });
    if (stored === null) return Object.keys(this.#saved.contents).length === 0;
    const { tobiishi, cookie: _, ...others } = stored;
    replaceFields(session as unknown as Fields, others, ['tobiishi', 'cookie']);
    this.#takeIn(fields(tobiishi));
    return true;
  }

  #takeIn(contents: SessionContents): void {
    const before: Fields = { ...this.#saved.contents };
    const mine: Fields = { ...this.contents };
    const theirs: Fields = { ...contents };
    const maps = this.#maps.filter((name) => name in mine || name in theirs);
    const merges = maps.map((name) => [name, merged(fields(before[name]), fields(mine[name]), fields(theirs[name]))]);
    replaceFields(this.contents as Fields, { ...merged(before, mine, theirs), ...Object.fromEntries(merges) }, []);
  }
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields => ({ ...(value ?? {}) });

/** All fields of `target` but those of `except` become those of `source`. */
function replaceFields(target: Fields, source: Fields, except: readonly string[]): void {
  for (const name of Object.keys(target)) if (!except.includes(name) && !(name in source)) delete target[name];
  Object.assign(target, source);
}

/** `theirs` with what differs between `before` and `mine`; what was changed last stands last. */
function merged(before: Fields, mine: Fields, theirs: Fields): Fields {
  const result = { ...theirs };
  for (const key of new Set([...Object.keys(before), ...Object.keys(mine)])) {
    if (isDeepStrictEqual(before[key], mine[key])) continue;
    delete result[key];
    if (mine[key] !== undefined) result[key] = mine[key];
  }
  return result;
}

/** Sessions of other packages answer by a callback or by a promise. */
function settled(work: (callback: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const settle = (error?: unknown) => (error ? reject(unavailable(error)) : resolve());
    const answer = work(settle);
    if (answer instanceof Promise) answer.then(() => settle(), settle);
  });
}

function unavailable(error: unknown): TobiishiError {
  if (error instanceof TobiishiError) return error;
  return new TobiishiError('store-unavailable', 'the session could not be saved', {}, { cause: error });
}

function requestSession(req: Request): RequestSession {
  if (req.tobiishiSession === undefined)
    throw new TobiishiError('store-unavailable', 'the session store is disconnected');
  return req.tobiishiSession;
}

/** Our part of the session, to be read and changed; `saveSession` keeps the changes. */
export function sessionOf(req: Request): SessionContents {
  return requestSession(req).contents;
}

/** Whether the visitor is known by a token that came with the request: no page of another site can send one. */
export function isByToken(req: Request): boolean {
  return requestSession(req).isOfToken;
}

/** Whether the request came with a cookie that can be the session's. */
export function hasSessionCookie(req: Request): boolean {
  const { cookie } = requestSession(req);
  const cookies = req.headers.cookie ?? '';
  return cookie === null
    ? cookies !== ''
    : cookies.split(';').some((pair) => pair.trimStart().startsWith(`${cookie}=`));
}

/** The visitor of this request; null for somebody who has not opened a form yet. */
export function visitorOf(req: Request): string | null {
  const { hostVisitor, contents } = requestSession(req);
  return hostVisitor ?? contents.visitorId ?? null;
}

/** Gives an anonymous session its visitor, once. Made with the first form, so that a form sent twice has one owner. */
export function ensureVisitor(req: Request): string {
  const { hostVisitor, contents } = requestSession(req);
  if (hostVisitor !== null) return hostVisitor;
  contents.visitorId ??= randomBytes(16).toString('base64url');
  return contents.visitorId;
}

/** Of what travels in a cookie, every byte counts. */
export function isInCookie(req: Request): boolean {
  return requestSession(req).isInCookie;
}

/** `RequestSession.renew`. */
export async function renewSession(req: Request): Promise<void> {
  await requestSession(req).renew();
}

/** `RequestSession.end`. */
export async function endSession(req: Request, res: Response): Promise<void> {
  await requestSession(req).end(res);
}

/**
 * Saves the session if our part of it changed. Await it before rendering: express-session on its own sends the page while
 * it saves, and the page's click for the next step would overtake the save.
 */
export async function saveSession(req: Request): Promise<void> {
  await requestSession(req).save();
}

/** `RequestSession.saveAtOnce`. */
export function saveSessionAtOnce(req: Request): boolean {
  return requestSession(req).saveAtOnce();
}
