import type { RequestHandler } from 'express';
import type { Input } from '../../core/run.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { readForm } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { sendWrongForm } from './wrong-form.js';

/** Shows the filled-in form in another language and starts nothing. `?check=1` shows its mistakes again. */
export function filledForm(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = findJob(deps, req.params.job);
    const { words } = res.locals.tobiishi;
    const typed = await withKeptFiles(deps.uploads, req, job);
    const check = (input: Input) => deps.runs.check(job, input, askerOf(req, res));
    const form = req.query['check'] === '1' ? await readForm(words, job, typed, check) : null;
    if (form?.ok === false) return sendWrongForm(deps, req, res, job, typed, form.errors);
    await sendForm(deps, req, res, job, { typed });
  };
}
