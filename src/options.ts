import type { IncomingMessage } from 'node:http';
import type { May } from './core/access.js';
import type { Job } from './core/job.js';
import type { Logger } from './core/logger.js';
import type { Observer } from './core/observer.js';
import type { TextsByLanguage } from './http/texts.js';
import type { SettingOptions } from './server/config.js';
import type { PgPool } from './store/postgres/pool.js';

/** Node's request, with whatever the middleware before added to it, as far as its types are known. */
export type HostRequest = IncomingMessage & Express.Request;

export type VisitorId = string | number | null | undefined;

declare global {
  namespace Express {
    // Completed by the types of Express, express-session and others, where they are installed.
    interface Request {}
  }
}

/** Every setting of the environment by its name in camel case, `DATABASE_URL` as `database`, and a few more. */
export interface TobiishiOptions extends Omit<SettingOptions, 'jobs' | 'database'> {
  /** Jobs, and paths of modules that export one by default. Default: `wait` and `scrape`. */
  readonly jobs?: string | readonly (Job | string)[] | undefined;
  /**
   * Where runs are kept: what `DATABASE_URL` may be, or a `pg.Pool` of your own, which `close()` leaves open. Default: the file
   * `data/tobiishi.db`.
   */
  readonly database?: string | PgPool | undefined;
  /**
   * Who owns the runs of a request: an id of your app's own. Null for somebody it does not know: such visitors are told apart
   * by their sessions. Default: all are.
   */
  visitor?(req: HostRequest): VisitorId | Promise<VisitorId>;
  /**
   * Whether somebody may start a run, see it, or do something with it; asked at each request. Instead of the default, that
   * everybody may do everything with their own runs and nothing with those of others.
   */
  readonly may?: May | undefined;
  /** Where messages go. Default: to the standard output, as JSON, from `logLevel` on. */
  readonly logger?: Logger | undefined;
  /** Hears what happens to runs, besides the log. */
  readonly observer?: Observer | undefined;
  /** True shows `/styles`: every element of the pages in each state, for those who change the style. Default: false. */
  readonly styles?: boolean | undefined;
  /** Words of your own, which replace the texts of `locales/` that have the same keys. */
  readonly texts?: TextsByLanguage | undefined;
}
