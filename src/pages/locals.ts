import { type ParsedUrlQuery, parse } from 'node:querystring';
import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../core/clock.js';
import { LruCache } from '../core/lru-cache.js';
import { languageOf } from '../http/language.js';
import type { Instance, RequestLocals } from '../http/locals.js';
import type { Language } from '../http/texts.js';
import type { Words } from '../http/words.js';
import { type Paths, paths, type VersionedName } from './paths.js';
import type { Asked, Route } from './route.js';

declare module '../http/locals.js' {
  interface RequestLocals {
    readonly paths: Paths;
    /** Null until a route takes the request, and for good when none does. */
    matched: Matched | null;
  }
}

/** A route, and the named parts of the address. */
export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export interface MountSettings {
  /** The mount as browsers see it, where that is not `req.baseUrl`: behind a proxy that rewrites addresses. */
  readonly base: string | null;
  readonly versionedName: VersionedName;
  readonly instance: Instance;
  readonly clock: Clock;
}

/**
 * The first middleware of the app: every request gets the addresses of the mount by which it came, and its words. What
 * an app around us has set on the request, or another instance, stays out of it.
 */
export function requestLocals({ base, versionedName, instance, clock }: MountSettings): RequestHandler {
  const wishes = new LruCache<Language>(MOST_WISHES);
  // An app mounted below a parameter (`/:team/jobs`) has many mounts: only the last one is kept.
  let last: Mount = { mount: '', paths: paths('', versionedName) };
  return (req, res, next) => {
    const mount = mountOf(base ?? req.baseUrl);
    if (mount !== last.mount) last = { mount, paths: paths(mount, versionedName) };
    // Express 4 has parsed it in another way, and Express 5 parses it at each look.
    const at = req.url.indexOf('?');
    const query = queryOf(at < 0 ? '' : req.url.slice(at + 1));
    Object.defineProperty(req, 'query', { value: query, writable: true, enumerable: true, configurable: true });
    res.locals.tobiishi = new Locals(instance, last, clock.monotonic(), languageOf(req, wishes));
    if (res.hasHeader('Vary')) res.vary('Accept-Language');
    else res.setHeader('Vary', 'Accept-Language');
    next();
  };
}

const MOST_WISHES = 100;

interface Mount {
  readonly mount: string;
  readonly paths: Paths;
}

/** A class, because an object written with an accessor takes several times as long to make. */
class Locals implements RequestLocals {
  readonly mount: string;
  readonly paths: Paths;
  nonce = '';
  plain = false;
  matched: Matched | null = null;

  constructor(
    readonly instance: Instance,
    { mount, paths }: Mount,
    readonly startedAt: number,
    private readonly language: () => Language,
  ) {
    this.mount = mount;
    this.paths = paths;
  }

  get words(): Words {
    return this.instance.words[this.language()];
  }
}

/** A step's request asks for nothing but its number: a field that is known is set several times as fast as one that is read. */
function queryOf(text: string): ParsedUrlQuery {
  const [, seq] = /^seq=(\d+)$/.exec(text) ?? [];
  return seq === undefined ? parse(text) : { seq };
}

/** Without a slash at its end, and with one at its beginning: `//name` would be another site. */
function mountOf(path: string): string {
  const names = path.replace(/^[/\\]+|[/\\]+$/g, '');
  return names === '' ? '' : `/${names}`;
}

/** The request as the declarations of its route look at it. */
export function askedOf(req: Request, res: Response): Asked<Record<string, string>> {
  const { paths, matched } = res.locals.tobiishi;
  return { params: matched?.params ?? {}, query: req.query, body: req.body ?? {}, paths };
}
