import type { Request, Response } from 'express';
import type { CutReport } from '../engine/host-limit.js';
import type { PageDeps } from './deps.js';

/** Tells the host's limit what this request says of an earlier one, and later whether its own answer was cut. */
export function watchForCut(
  { engine, clock }: PageDeps,
  req: Request,
  res: Response,
  runId: string,
  seq: number | null,
) {
  const { hostLimit } = engine;
  hostLimit.asked(runId, seq, cutReport(req));
  if (seq === null) return;
  const startedAt = clock.monotonic();
  res.once('close', () => {
    if (!res.writableFinished) hostLimit.closed(runId, seq, clock.monotonic() - startedAt);
  });
}

/**
 * `cut` and `after` of the address: the status that the browser got instead of our page (0: the connection broke), and
 * after how many milliseconds. Null when `try` says that the page for such cases asks without having seen one;
 * undefined when a browser without it asks, or when the numbers cannot be.
 */
function cutReport({ query }: Request): CutReport | null | undefined {
  const [tries, status, afterMs] = [query['try'], query['cut'], query['after']].map(wholeNumber);
  if (tries === undefined) return undefined;
  if (status === undefined || afterMs === undefined) return null;
  return status === 0 || (status >= 200 && status <= 599) ? { status, afterMs } : null;
}

function wholeNumber(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}
