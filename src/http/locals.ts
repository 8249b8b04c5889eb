import type { Words } from './language.js';

/**
 * What a request carries for its handlers and views, all under one key of `res.locals`: those are shared with the app
 * that we are mounted in. `pages/` adds to it.
 */
export interface RequestLocals {
  words: Words;
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
