import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { PageDeps } from '../deps.js';
import { readForm } from './fields.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';

/** The form as it was filled in, for another language: starts nothing. `?check=1` says again what is wrong in it. */
export function filledForm(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = deps.jobs.get(req.params.job);
    if (!job) throw new TobiishiError('job-not-found', `no job ${req.params.job}`);
    const { words } = res.locals.tobiishi;
    const typed = await withKeptFiles(deps.store, req as Request, job);
    const form = req.query['check'] === '1' ? readForm(words, job, typed) : null;
    if (form?.ok === false) return sendForm(deps, req, res, job, { status: 422, typed, errors: form.errors });
    await sendForm(deps, req, res, job, { typed });
  };
}
