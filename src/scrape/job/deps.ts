import type { CookieJars } from '../fetch/cookies.js';
import type { Fetcher } from '../fetch/fetch.js';
import type { Permission } from '../fetch/robots-permission.js';

export interface ScrapeDeps {
  readonly fetcher: Fetcher;
  /** What robots.txt files say. */
  readonly permission: Permission;
  readonly cookieJars: CookieJars;
  /** The shortest delay that a visitor may ask for. */
  readonly minDelayMs: number;
  /** The most pages that a visitor may ask for. */
  readonly maxPages?: number;
}
