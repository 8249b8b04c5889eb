import type { RequestHandler } from 'express';
import type { RunAction } from '../../core/run.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { findRun } from './find.js';
import { setRunHeaders } from './headers.js';

export function runControl(deps: PageDeps, action: RunAction): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, action);
    const changed = await deps.runs.control(run, action);
    await saveSession(req);
    setRunHeaders(res, changed);
    res.redirect(303, res.locals.tobiishi.paths.run(changed.id));
  };
}
