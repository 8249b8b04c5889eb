import type { RequestHandler } from 'express';
import type { PageDeps } from '../deps.js';
import { findSharedRun } from './find.js';
import { readRunPage, sendSharedPage } from './page.js';

/** The run for whoever has the link, loaded again every few seconds while it runs; `?still=1` leaves it as it is. */
export function sharedShow(deps: PageDeps): RequestHandler<{ token: string }> {
  return async (req, res) => {
    await deps.limits.take(req, 'shared');
    const run = await findSharedRun(deps, req, res);
    const page = await readRunPage(deps, run);
    await sendSharedPage(deps, res, page, { token: req.params.token, still: req.query['still'] === '1' });
  };
}
