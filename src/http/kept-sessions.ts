import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { SessionData, Store as SessionStore } from 'express-session';
import { LruCache } from '../core/lru-cache.js';
import { cookieOf } from './sealed-session.js';
import type { KeptSession, SessionContents } from './session.js';

/** A session store that has its sessions at hand. */
interface ReadyStore {
  /** As it is kept, not to be changed; null when there is none, or none any more. */
  open(id: string): Readonly<SessionData> | null;
  /**
   * Saves one field of a session and leaves the rest as it is, its expiry too: at once, in the transaction that is under way if
   * one is. False when there is no such session any more.
   */
  saveField(id: string, name: string, value: object): boolean;
}

type Load = (req: Request, res: Response, next: (error?: unknown) => void) => void;

/** A session is saved as a whole, with a new cookie, when this part of its time has passed; before that, only what is ours. */
const RENEWED_PART = 0.01;
/** Of visitors: the others' signatures are looked at again. */
const MOST_KNOWN = 5000;

interface Settings {
  /** Its name. */
  readonly cookie: string;
  /** The newest first. */
  readonly secrets: readonly string[];
  /** Has express-session load the request's session. */
  readonly load: Load;
}

/**
 * Sessions of our own that need no renewal, in a store that has them at hand. They are found by express-session's cookies, but
 * without it: to load a session, to compare hashes and to wrap each answer takes it several times as long as all that a page of
 * the chain asks of its session.
 */
export class KeptSessions {
  /** Ids of sessions, by cookies whose signature is right. */
  readonly #known = new LruCache<string>(MOST_KNOWN);

  private constructor(
    private readonly store: ReadyStore,
    private readonly settings: Settings,
  ) {}

  /** Null where the store has none at hand. */
  static of(store: SessionStore, settings: Settings): KeptSessions | null {
    return isReady(store) ? new KeptSessions(store, settings) : null;
  }

  /** That of the request's cookie; express-session has not loaded it. */
  find(req: Request, res: Response): KeptSession | null {
    const { cookie, load } = this.settings;
    const text = cookieOf(req, cookie);
    const id = this.#known.get(text) ?? this.#learn(text);
    if (id === undefined) return null;
    return this.#kept(id, () => {
      return new Promise((resolve, reject) => load(req, res, (error) => (error ? reject(error) : resolve())));
    });
  }

  #learn(text: string): string | undefined {
    const id = signedId(text, this.settings.secrets);
    if (id === undefined) return undefined;
    // Copies: a part of a string keeps all of it, here whatever cookies came along.
    const kept = Buffer.from(id).toString();
    this.#known.set(Buffer.from(text).toString(), kept);
    return kept;
  }

  /** That which express-session has just loaded. */
  loaded(req: Request): KeptSession | null {
    return this.#kept(req.sessionID, async () => {});
  }

  #kept(id: string, load: () => Promise<void>): KeptSession | null {
    const session = this.store.open(id);
    if (session?.tobiishi === undefined || isDueForRenewal(session)) return null;
    return new StoredSession(this.store, id, load);
  }
}

class StoredSession implements KeptSession {
  constructor(
    private readonly store: ReadyStore,
    private readonly id: string,
    readonly load: () => Promise<void>,
  ) {}

  contents(): SessionContents | null {
    return this.store.open(this.id)?.tobiishi ?? null;
  }

  save(contents: SessionContents): boolean {
    return this.store.saveField(this.id, 'tobiishi', contents);
  }
}

function isReady(store: object): store is ReadyStore {
  return 'open' in store && 'saveField' in store;
}

/** The id of a session in a cookie as express-session writes it; undefined when none of `secrets` has signed it. */
function signedId(cookie: string, secrets: readonly string[]): string | undefined {
  const id = /^s%3A([\w-]+)\./.exec(cookie)?.[1];
  if (id === undefined) return undefined;
  const given = Buffer.from(cookie);
  const isRight = secrets.some((secret) => {
    const signature = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
    const right = Buffer.from(`s%3A${id}.${encodeURIComponent(signature)}`);
    return right.length === given.length && timingSafeEqual(right, given);
  });
  return isRight ? id : undefined;
}

/** True also for one whose cookie never ends. */
function isDueForRenewal({ cookie: { expires, originalMaxAge } }: Readonly<SessionData>): boolean {
  if (!expires || !originalMaxAge) return true;
  return new Date(expires).getTime() - Date.now() < originalMaxAge * (1 - RENEWED_PART);
}
