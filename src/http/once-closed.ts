import type { Response } from 'express';
import { TobiishiError } from '../core/errors.js';

/** Calls `end` once nobody waits for the answer any more; at once where that was so before, which no event tells again. */
export function onceClosed(res: Response, end: () => void): void {
  if (res.closed) end();
  // It closes once: `once` would keep a wrapper beside it as long as the answer takes.
  else res.on('close', end);
}

/** Aborted then, by what is no fault of ours. */
export function untilClosed(res: Response): AbortSignal {
  const gone = new AbortController();
  onceClosed(res, () => gone.abort(new TobiishiError('bad-request', 'nobody waits for the answer any more')));
  return gone.signal;
}
