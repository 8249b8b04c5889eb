import type { RequestHandler } from 'express';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { rememberRun } from '../session.js';
import { checkStarts } from '../starts.js';
import { findRun } from './find.js';
import { setRunHeaders } from './headers.js';

/** Starts a run of the failed steps alone, and leads to it. */
export function runRetryFailed(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'retry');
    await Promise.all([deps.limits.take(req, 'starts'), checkStarts(deps)]);
    const started = await deps.runs.startFailed(run, req.ip ?? null);
    rememberRun(req, started, run.id);
    await saveSession(req);
    setRunHeaders(res, started);
    res.redirect(303, res.locals.tobiishi.paths.run(started.id));
  };
}
