import type { Request, Response } from 'express';
import type { SessionData, Store as SessionStore } from 'express-session';
import { LruCache } from '../core/lru-cache.js';
import { cookieOf } from './sealed-session.js';
import type { KeptSession } from './session.js';

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
/** Of visitors: the others' cookies are looked at again. */
const MOST_KNOWN = 5000;

/**
 * Sessions of our own that need no renewal, in a store that has them at hand. A cookie by which express-session once found a
 * session stands for it from then on: to look at signatures, to compare hashes and to wrap each answer takes it several times
 * as long as all that a page of the chain asks of its session.
 */
export class KeptSessions {
  /** Ids of sessions, by cookies whose signature is right. */
  readonly #known = new LruCache<string>(MOST_KNOWN);

  private constructor(
    private readonly store: ReadyStore,
    private readonly cookie: string,
    private readonly load: Load,
  ) {}

  /** Null where the store has none at hand. */
  static of(store: SessionStore, cookie: string, load: Load): KeptSessions | null {
    return isReady(store) ? new KeptSessions(store, cookie, load) : null;
  }

  /** That of a cookie that is known; express-session has not loaded it. */
  known(req: Request, res: Response): KeptSession | null {
    const id = this.#known.get(cookieOf(req, this.cookie));
    if (id === undefined) return null;
    return this.#kept(id, () => {
      return new Promise((resolve, reject) => this.load(req, res, (error) => (error ? reject(error) : resolve())));
    });
  }

  /** That which express-session has just loaded. */
  loaded(req: Request): KeptSession | null {
    const kept = this.#kept(req.sessionID, async () => {});
    const text = cookieOf(req, this.cookie);
    if (kept !== null && text.startsWith(`s%3A${req.sessionID}.`)) this.#known.set(text, req.sessionID);
    return kept;
  }

  #kept(id: string, load: () => Promise<void>): KeptSession | null {
    const { store } = this;
    const session = store.open(id);
    if (session?.tobiishi === undefined || isDueForRenewal(session)) return null;
    return {
      contents: () => store.open(id)?.tobiishi ?? null,
      save: (contents) => store.saveField(id, 'tobiishi', contents),
      load,
    };
  }
}

function isReady(store: object): store is ReadyStore {
  return 'open' in store && 'saveField' in store;
}

/** True also for one whose cookie never ends. */
function isDueForRenewal({ cookie: { expires, originalMaxAge } }: Readonly<SessionData>): boolean {
  if (!expires || !originalMaxAge) return true;
  return new Date(expires).getTime() - Date.now() < originalMaxAge * (1 - RENEWED_PART);
}
