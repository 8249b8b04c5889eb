import { isTobiishiError } from '../core/errors.js';
import { JobError } from '../core/job-error.js';
import { ConfigError } from './config.js';
import { serve } from './serve.js';

serve(process.env).catch((error) => {
  // What the operator can mend is one line; anything else is a bug and needs its stack.
  console.error(
    error instanceof ConfigError || error instanceof JobError || isTobiishiError(error) ? error.message : error,
  );
  process.exit(1);
});
