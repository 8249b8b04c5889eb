import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { ProposalRequest, Proposals } from '../../core/proposal.js';
import type { Body } from '../../http/form-body.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { checkStarts } from '../starts.js';
import { typedFields } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { findPage } from './opened-pages.js';
import { picksIn } from './point.js';
import { shownProposals } from './shown.js';
import { problemTexts } from './texts.js';

const LONGEST_EXAMPLE = 500;
/** The page that was pointed at is no longer kept. */
const GONE: Proposals = {
  findings: [{ code: 'page-gone', message: 'The page is no longer kept: open it again.', params: {}, isWarning: true }],
  proposals: [],
  problems: [],
};

/** Has the job look for what the visitor may want, and shows the form again with what it offers. */
export function jobPropose(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { runs, uploads } = deps;
    const job = findJob(deps, req.params.job);
    if (!job.hasProposals) throw new TobiishiError('job-not-found', `job ${req.params.job} proposes nothing`);
    const body = await withKeptFiles(uploads, req, job);
    const typed = typedFields(job, body);
    const example = typeof body['example'] === 'string' ? body['example'].trim().slice(0, LONGEST_EXAMPLE) : '';
    const { language } = res.locals.tobiishi.words;
    await deps.limits.take(req, 'proposals');
    await checkStarts(deps);
    const pointed = await pointedIn(deps, req, job, body);
    const found =
      pointed === 'gone' ? GONE : await runs.propose(job, { typed, example, language, pointed }, askerOf(req, res));
    const errors = problemTexts(res.locals.tobiishi.words, job.name, found.problems);
    if (errors.size > 0) return sendForm(deps, req, res, job, { status: 422, typed: body, errors });
    await sendForm(deps, req, res, job, { typed: body, proposals: shownProposals(res, job, typed, example, found) });
  };
}

/** What the visitor pointed at on the page whose token was sent along; null: nothing. */
async function pointedIn(
  { store }: PageDeps,
  req: Request,
  job: Job,
  body: Body,
): Promise<ProposalRequest['pointed'] | 'gone'> {
  const { _page: token } = body;
  if (job.pointing === null || typeof token !== 'string' || token === '') return null;
  const page = await findPage(store, req, job.name, { token, part: 'page' });
  return page === null ? 'gone' : { page, picks: picksIn(body, job.pointing) };
}
