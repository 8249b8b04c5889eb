import type { RequestHandler } from 'express';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { forgetRun } from '../session.js';
import { findRun } from './find.js';

export function runDelete(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'delete');
    await deps.runs.delete(run);
    forgetRun(req, run.id);
    await saveSession(req);
    // There is no run any more that the answer could be about.
    res.removeHeader('Tobiishi-Run');
    res.redirect(303, res.locals.tobiishi.paths.home);
  };
}
