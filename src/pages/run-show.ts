import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { csrfToken } from '../web/csrf.js';
import { rememberRun, saveSession } from '../web/session.js';
import type { PageDeps } from './deps.js';
import { watchForCut } from './run-cut.js';
import { findRun } from './run-find.js';
import { readRunPage, sendRunPage } from './run-page.js';

/** Shows the run; with `?seq=k` asks for the step after k first. Everything is saved before the page is rendered. */
export function runShow(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps.engine, req, res);
    const seq = askedSeq(req);
    watchForCut(deps, req as Request, res, run.id, seq);
    const progress = await (seq === null ? deps.engine.show(run) : deps.engine.advance(run, seq));
    const page = await readRunPage(deps, progress, csrfToken(req as Request));
    rememberRun(req as Request, progress.run);
    await saveSession(req as Request);
    await sendRunPage(deps, res, page);
  };
}

/** The number after which a step is asked for; null when the run is only to be shown. */
function askedSeq(req: Request<{ id: string }>): number | null {
  const given = req.query['seq'];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !/^\d{1,15}$/.test(given)) {
    throw new TobiishiError('bad-seq', `seq must be one whole number, not ${JSON.stringify(given)}`);
  }
  // Fetched ahead by a browser that guesses, or by a tool that asks for headers only: nobody wants a step yet.
  const ahead = /\bprefetch\b/i.test(req.get('Sec-Purpose') ?? '') || req.method === 'HEAD';
  return ahead ? null : Number(given);
}
