import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { csrfToken } from '../web/csrf.js';
import { answersOf, rememberAnswer, rememberRun, saveSession, sessionOf } from '../web/session.js';
import type { PageDeps } from './deps.js';
import { watchForCut } from './run-cut.js';
import { findRun } from './run-find.js';
import { readRunPage, sendRunPage } from './run-page.js';

/** Shows the run; with `?seq=k` asks for the step after k first. Everything is saved before the page is rendered. */
export function runShow(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (request, res) => {
    const startedAt = deps.clock.monotonic();
    const run = await findRun(deps.engine, request, res);
    const req = request as Request;
    const seq = askedSeq(req);
    watchForCut(deps, req, res, run.id, seq);
    const progress = await (seq === null ? deps.engine.show(run) : deps.engine.advance(run, seq));
    const page = await readRunPage(deps, progress);
    const token = csrfToken(req);
    rememberRun(req, progress.run);
    choosePages(req);
    // What is still to do, saving and sending, takes a millisecond or two.
    if (seq !== null) rememberAnswer(req, run.id, deps.clock.monotonic() - startedAt);
    await saveSession(req);
    const quiet = sessionOf(req).quiet === true;
    await sendRunPage(deps, res, page, { token, answers: answersOf(req, run.id), quiet });
  };
}

/** `?pages=quiet` and `?pages=plain`: the visitor's choice, kept in the session. */
function choosePages(req: Request): void {
  const chosen = req.query['pages'];
  if (chosen === 'quiet') sessionOf(req).quiet = true;
  else if (chosen === 'plain') delete sessionOf(req).quiet;
}

/** The number after which a step is asked for; null when the run is only to be shown. */
function askedSeq(req: Request): number | null {
  const given = req.query['seq'];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !/^\d+$/.test(given)) {
    throw new TobiishiError('bad-seq', `seq must be one whole number, not ${JSON.stringify(given)}`);
  }
  // Fetched ahead by a browser that guesses, or by a tool that asks for headers only: nobody wants a step yet.
  const ahead = /\bprefetch\b/i.test(req.get('Sec-Purpose') ?? '') || req.method === 'HEAD';
  return ahead ? null : Number(given);
}
