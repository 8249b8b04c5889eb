import type { Views } from './render.js';
import type { Language } from './texts.js';
import type { Words } from './words.js';

/** What one `tobiishi()` made for its pages: nothing of it is shared with another one in the same process. */
export interface Instance {
  readonly words: Readonly<Record<Language, Words>>;
  readonly views: Views;
  /** The network of an address, as it is kept with a run. */
  networkId(address: string | undefined): string | null;
  /** Whether pages register the service worker. */
  readonly hasWorker: boolean;
  /** Whether visitors can make tokens for their programs. */
  readonly hasTokens: boolean;
  /** Whether pages say what a job's author has to mend. */
  readonly showsMends: boolean;
}

/**
 * What a request carries for its handlers and views, all under one key of `res.locals`: those are shared with the app
 * that we are mounted in. `pages/` adds to it.
 */
export interface RequestLocals {
  readonly instance: Instance;
  /** When the request came, on the clock that never jumps: the time in which it must be answered counts from here. */
  readonly startedAt: number;
  /** The path under which the instance answers, without a slash at its end: `/tools/jobs`, or nothing at `/`. */
  readonly mount: string;
  /** In the language of the answer. */
  readonly words: Words;
  /** Of the content security policy, for the one inline script. */
  nonce: string;
  /** Each step loads a page, by the visitor's choice. */
  plain: boolean;
}

declare global {
  namespace Express {
    interface Locals {
      tobiishi: RequestLocals;
    }
  }
}
