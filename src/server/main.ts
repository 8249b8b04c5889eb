import { isTobiishiError } from '../core/errors.js';
import { isJobError } from '../core/job-error.js';
import { ConfigError } from './config.js';
import { serve } from './serve.js';

serve(process.env).catch((error) => {
  // What the operator can mend is one line; anything else is a bug and needs its stack.
  console.error(error instanceof ConfigError || isJobError(error) || isTobiishiError(error) ? error.message : error);
  process.exit(1);
});
