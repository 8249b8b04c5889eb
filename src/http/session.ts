import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { TobiishiError } from '../core/errors.js';
import type { HostSeen } from '../core/host-limit.js';
import type { Run } from '../core/run.js';

/** What the session knows of a run: its job and the numbered step that the visitor was last shown. */
export interface ShownRun {
  job: string;
  seq: number;
  /** The run whose failed steps it executes again. */
  retryOf?: string;
}

/**
 * How long the newest requests for steps of one run took, in milliseconds: that of the run last asked for. As one text,
 * because express-session looks at each value of a session four times a request.
 */
export interface AnswerTimes {
  run: string;
  /** Oldest first, with spaces between them. */
  times: string;
}

declare module 'express-session' {
  interface SessionData {
    visitorId: string;
    csrfToken: string;
    language: string;
    runs: Record<string, ShownRun>;
    answerTimes: AnswerTimes;
    host: HostSeen;
    /** Each step loads a page instead of changing the one that is there. */
    plain: boolean;
  }
}

export const SESSION_COOKIE = 'tobiishi';

/** Older ones are forgotten by the session, not by the store: a session must not grow. */
const SHOWN_RUNS = 20;

export const SHOWN_ANSWERS = 30;

export interface SessionSettings {
  readonly sessionSecrets: readonly string[];
  readonly sessionTtlMs: number;
}

export function sessionMiddleware(store: session.Store, settings: SessionSettings): RequestHandler[] {
  const load = session({
    store,
    name: SESSION_COOKIE,
    secret: [...settings.sessionSecrets],
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: settings.sessionTtlMs },
  });
  return [afterAnswer(load), noteLoaded];
}

/**
 * express-session saves behind the page. What fails then is logged: by now the page has left as a whole, and Express
 * would cut its connection, which the next request may be using.
 */
function afterAnswer(load: RequestHandler): RequestHandler {
  return (req, res, next) =>
    load(req, res, (error?: unknown) => {
      if (res.headersSent) req.log.error({ err: error }, 'the session could not be saved');
      else next(error);
    });
}

/** A request's session as it came from the store, and when: an unchanged one is not written again. */
interface LoadedSession {
  readonly text: string;
  readonly at: number;
}

declare global {
  namespace Express {
    interface Request {
      loadedSession?: LoadedSession;
    }
  }
}

/** While a request lasts longer than this, the visitor may have changed the session by another one. */
const MOMENT_MS = 100;

const noteLoaded: RequestHandler = (req, _res, next) => {
  if (req.session) req.loadedSession = { text: contents(req), at: performance.now() };
  next();
};

function contents(req: Request): string {
  return textOf(req.session);
}

function textOf({ cookie, ...data }: object & { cookie?: unknown }): string {
  return JSON.stringify(data);
}

/** express-session leaves requests without a session while its store says that it is disconnected. */
export function sessionOf(req: Request): Request['session'] {
  if (!req.session) throw new TobiishiError('store-away', 'the session store is disconnected');
  return req.session;
}

export function hasSessionCookie(req: Request): boolean {
  return (req.headers.cookie ?? '').split(';').some((pair) => pair.trimStart().startsWith(`${SESSION_COOKIE}=`));
}

/** The visitor of this session; null for somebody who has not opened a form yet. */
export function visitorOf(req: Request): string | null {
  return sessionOf(req).visitorId ?? null;
}

/** Gives the session its visitor, once. Made with the first form, so that a form sent twice has one owner. */
export function ensureVisitor(req: Request): string {
  const current = sessionOf(req);
  current.visitorId ??= randomBytes(16).toString('base64url');
  return current.visitorId;
}

export function rememberRun(req: Request, run: Run, retried = retryOf(req, run.id)): void {
  const current = sessionOf(req);
  const before = current.runs ?? {};
  if (before[run.id]?.seq === run.seq) return;
  // Taken out and put in again: the newest is last.
  const { [run.id]: _, ...others } = before;
  const kept = Object.entries(others).slice(-(SHOWN_RUNS - 1));
  current.runs = {
    ...Object.fromEntries(kept),
    [run.id]: { job: run.job, seq: run.seq, ...(retried && { retryOf: retried }) },
  };
}

/** The run whose failed steps this one executes again. */
export function retryOf(req: Request, runId: string): string | null {
  return sessionOf(req).runs?.[runId]?.retryOf ?? null;
}

/** The newest run that executes the failed steps of this one again. */
export function retriedIn(req: Request, runId: string): string | null {
  const found = Object.entries(sessionOf(req).runs ?? {}).findLast(([, shown]) => shown.retryOf === runId);
  return found?.[0] ?? null;
}

export function forgetRun(req: Request, runId: string): void {
  const current = sessionOf(req);
  const { [runId]: _, ...others } = current.runs ?? {};
  current.runs = others;
  if (current.answerTimes?.run === runId) delete current.answerTimes;
}

/** Those of the run, oldest first; none when another run was asked for since. */
export function answersOf(req: Request, runId: string): readonly number[] {
  const { answerTimes } = sessionOf(req);
  return answerTimes?.run === runId ? answerTimes.times.split(' ').map(Number) : [];
}

export function rememberAnswer(req: Request, runId: string, ms: number): void {
  const before = answersOf(req, runId).slice(-(SHOWN_ANSWERS - 1));
  sessionOf(req).answerTimes = { run: runId, times: [...before, Math.round(ms)].join(' ') };
}

/** What this visitor's requests showed of the host in front; null while they showed nothing. */
export function hostSeenBy(req: Request): HostSeen | null {
  return sessionOf(req).host ?? null;
}

export function rememberHost(req: Request, seen: HostSeen | null): void {
  if (seen === null) delete sessionOf(req).host;
  else sessionOf(req).host = seen;
}

/**
 * Saves the session if it changed. Await it before rendering: express-session on its own sends the page while it
 * saves, and the page's click for the next step would overtake the save.
 */
export async function saveSession(req: Request): Promise<void> {
  const current = sessionOf(req);
  const before = req.loadedSession;
  if (before?.text === contents(req)) return;
  const isOld = before !== undefined && performance.now() - before.at > MOMENT_MS;
  // What travels in a cookie is in no store.
  if (isOld && req.sessionStore !== undefined) await takeInChanges(req, before.text);
  await new Promise<void>((resolve, reject) => {
    current.save((error: unknown) => {
      if (!error) return resolve();
      if (error instanceof TobiishiError) return reject(error);
      reject(new TobiishiError('store-away', 'the session could not be saved', {}, { cause: error }));
    });
  });
  req.loadedSession = { text: contents(req), at: performance.now() };
}

type Fields = Record<string, unknown>;

/**
 * What other requests of the visitor saved while this one was held (another language, a run deleted) is taken over,
 * so that saving changes only what this request itself did. Of a cookie there is no newer copy to be had.
 */
async function takeInChanges(req: Request, loadedText: string): Promise<void> {
  const stored = await new Promise<Fields | null>((resolve) => {
    // A store that cannot be read cannot be written either, and saving says so.
    req.sessionStore.get(req.sessionID, (_error, found) => resolve(found ? { ...found } : null));
  });
  if (stored === null || textOf(stored) === loadedText) return;
  const before: Fields = JSON.parse(loadedText);
  const mine = sessionOf(req) as unknown as Fields;
  const runs = merged(fields(before['runs']), fields(mine['runs']), fields(stored['runs']));
  const { cookie: _, ...others } = merged(before, mine, stored);
  for (const key of Object.keys(before)) if (!Object.hasOwn(others, key)) delete mine[key];
  Object.assign(mine, others, { runs: Object.fromEntries(Object.entries(runs).slice(-SHOWN_RUNS)) });
}

const fields = (value: unknown): Fields => ({ ...(value ?? {}) });

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
