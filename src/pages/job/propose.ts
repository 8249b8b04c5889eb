import type { RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { FieldProblem } from '../../core/proposal.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { typedFields } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { shownProposals } from './shown.js';
import { ownText } from './texts.js';

const LONGEST_EXAMPLE = 500;

/** Has the job look for what the visitor may want, and shows the form again with what it offers. */
export function jobPropose(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { runs, store } = deps;
    const job = findJob(deps, req.params.job);
    if (!job.hasProposals) throw new TobiishiError('job-not-found', `job ${req.params.job} proposes nothing`);
    const body = await withKeptFiles(store, req, job);
    const typed = typedFields(job, body);
    const example = typeof body['example'] === 'string' ? body['example'].trim().slice(0, LONGEST_EXAMPLE) : '';
    const { language } = res.locals.tobiishi.words;
    await deps.limits.take(req, 'proposals');
    const found = await runs.propose(job, { typed, example, language }, askerOf(req, res));
    const errors = problemTexts(res, job, found.problems);
    if (errors.size > 0) return sendForm(deps, req, res, job, { status: 422, typed: body, errors });
    await sendForm(deps, req, res, job, { typed: body, proposals: shownProposals(res, job, typed, example, found) });
  };
}

function problemTexts(res: Response, job: Job, problems: readonly FieldProblem[]): Map<string, string> {
  const { words } = res.locals.tobiishi;
  const errors = new Map<string, string>();
  for (const { field, code, message, params } of problems)
    if (!errors.has(field)) errors.set(field, ownText(words, job.name, `validation.${code}`, message, params));
  return errors;
}
