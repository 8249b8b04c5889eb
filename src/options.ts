import type { IncomingMessage } from 'node:http';
import type { May } from './core/access.js';
import type { Job } from './core/job.js';
import type { Logger } from './core/logger.js';
import type { Observer } from './core/observer.js';
import { isLanguage, type TextsByLanguage } from './http/texts.js';
import { ConfigError, type SettingOptions } from './server/config.js';
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
  /**
   * For those who work on jobs or pages. True shows `/styles`, every element of the pages in each state, and pages say what is
   * wrong with a job. Default: false.
   */
  readonly styles?: boolean | undefined;
  /** Words of your own, which replace the texts of `locales/` that have the same keys. */
  readonly texts?: TextsByLanguage | undefined;
}

interface Expected {
  readonly is: (value: unknown) => boolean;
  readonly expected: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFunction = (value: unknown) => typeof value === 'function';
const has = (value: unknown, ...functions: string[]) =>
  isObject(value) && functions.every((name) => isFunction(value[name]));

/** Options that are no settings. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  jobs: {
    is: (value) => typeof value === 'string' || Array.isArray(value),
    expected: 'an array of jobs and of paths of modules that export one',
  },
  database: {
    is: (value) => typeof value === 'string' || has(value, 'query', 'connect'),
    expected: 'a file path, memory:, cookie:, postgres://user:password@host:port/database, or a pg.Pool',
  },
  visitor: { is: isFunction, expected: 'a function of a request that answers whose it is' },
  may: { is: isFunction, expected: 'a function that answers whether a visitor may do something' },
  logger: {
    is: (value) => has(value, 'error', 'warn', 'info', 'debug'),
    expected: 'a logger with the functions error, warn, info and debug',
  },
  observer: { is: isObject, expected: 'an object with a function for each event that it wants to hear of' },
  styles: { is: (value) => typeof value === 'boolean', expected: 'true or false' },
  texts: {
    is: (value) => isObject(value) && Object.entries(value).every(([key, texts]) => isLanguage(key) && isObject(texts)),
    expected: 'texts by language (en, ja) and key, as locales/en.json has them',
  },
};

/** Throws `ConfigError` for the first that cannot be used. Undefined and null stand for an option that is left out. */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) throw new ConfigError('The options of tobiishi() are one object.');
  for (const [name, { is, expected }] of Object.entries(EXPECTED)) {
    const value = options[name] ?? null;
    if (value !== null && !is(value)) throw new ConfigError(`${name} is wrong. Expected: ${expected}.`);
  }
}
