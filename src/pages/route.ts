import type { RequestHandler } from 'express';
import type { Job } from '../core/job.js';
import type { Paths } from './paths.js';

/** What a declaration looks at. Nothing of it has been checked. */
export interface Asked<P> {
  readonly params: Readonly<P>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly paths: Paths;
}

/** A link of the error page; `text` is a key in `locales/`. */
export interface Back {
  readonly address: string;
  readonly text: 'errors.toRun' | 'errors.toForm';
}

/** What the error page has to know of a route. */
export interface Declared<P> {
  /** Where Back leads, besides home. */
  readonly back?: (asked: Asked<P>) => Back | null;
  /**
   * For pages that can be asked for again without harm: the address by which the error page asks by itself while the
   * server has no room or no store.
   */
  readonly again?: (asked: Asked<P>) => string;
  /** Whose form comes back filled in, when it was refused unread or the server is at fault. */
  readonly formOf?: (asked: Asked<P>) => Job | undefined;
  /** Answered to those whom `ACCESS` keeps out, too. */
  readonly isOpen?: boolean;
  /** Answered to those whom the operator keeps out by their network, too. */
  readonly isForBlocked?: boolean;
  /** Answered before the session is read. */
  readonly isSessionless?: boolean;
}

type Params = Record<string, string>;

export interface Route extends Declared<Params> {
  readonly method: 'get' | 'post';
  /** One of `patterns`. */
  readonly path: string;
  readonly action: RequestHandler;
}

export function get<P>(path: string, action: RequestHandler<P>, declared: Declared<P> = {}): Route {
  return { method: 'get', path, action, ...declared } as Route;
}

/** A form is sent there: its body is read, and its token checked. */
export function post<P>(path: string, action: RequestHandler<P>, declared: Declared<P> = {}): Route {
  return { method: 'post', path, action, ...declared } as Route;
}
