import type { RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { checkStarts } from '../starts.js';
import { readForm } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { shownPreview } from './shown.js';
import { sendWrongForm } from './wrong-form.js';

/** Tries what was typed without starting a run, and shows the form again with what was found. */
export function jobPreview(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { runs, uploads } = deps;
    const job = findJob(deps, req.params.job);
    if (!job.hasPreview) throw new TobiishiError('job-not-found', `no job ${req.params.job} that can be tried`);
    const typed = await withKeptFiles(uploads, req, job);
    const asker = askerOf(req, res);
    const form = await readForm(res.locals.tobiishi.words, job, typed, (input) => runs.check(job, input, asker));
    if (!form.ok) return sendWrongForm(deps, req, res, job, typed, form.errors);
    await deps.limits.take(req, 'previews');
    await checkStarts(deps);
    const preview = await runs.preview(job, form.input, asker);
    await sendForm(deps, req, res, job, { typed, preview: shownPreview(res, job, typed, preview) });
  };
}
