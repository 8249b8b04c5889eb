import type { Response } from 'express';

/** Calls `end` once nobody waits for the answer any more; at once where that was so before, which no event tells again. */
export function onceClosed(res: Response, end: () => void): void {
  if (res.closed) end();
  else res.once('close', end);
}
