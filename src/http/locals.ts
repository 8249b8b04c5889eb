import type { Words } from './language.js';

declare global {
  namespace Express {
    /** What every view and handler finds in `res.locals`. */
    interface Locals {
      words: Words;
      /** Of the content security policy, for the one inline script. */
      nonce: string;
      /** Each step loads a page, by the visitor's choice. */
      plain?: boolean;
    }
  }
}
