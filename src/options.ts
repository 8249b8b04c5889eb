import type { Job } from './core/job.js';
import type { Logger } from './http/log.js';
import type { TextsByLanguage } from './http/texts.js';
import type { SettingOptions } from './server/config.js';

/** Every setting of the environment by its name in camel case, `DATABASE_URL` as `database`, and a few more. */
export interface TobiishiOptions extends Omit<SettingOptions, 'jobs'> {
  /** Jobs, and paths of modules that export one by default. Default: `wait` and `scrape`. */
  readonly jobs?: string | readonly (Job | string)[] | undefined;
  /** Where messages go. Default: to the standard output, as JSON, from `logLevel` on. */
  readonly logger?: Logger | undefined;
  /** Words of your own, which replace the texts of `locales/` that have the same keys. */
  readonly texts?: TextsByLanguage | undefined;
}
