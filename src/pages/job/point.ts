import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Job, Pointing } from '../../core/job.js';
import type { PickedElement } from '../../core/proposal.js';
import { csrfToken } from '../../http/csrf.js';
import type { Body } from '../../http/form-body.js';
import { allowFrames, framedHeaders } from '../../http/headers.js';
import { saveSession } from '../../http/session.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { checkStarts } from '../starts.js';
import { typedFields } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { findPage, keepPage } from './opened-pages.js';
import { shownProposals } from './shown.js';
import { jobTitle, ownText, problemTexts } from './texts.js';

/** Of elements, links and columns: nobody points at more. */
const MOST_PICKS = 40;

interface PointView {
  readonly job: string;
  readonly title: string;
  readonly token: string;
  /** Of the page that was opened. */
  readonly page: string;
  readonly frame: string;
  /** The form as it was filled in. */
  readonly hidden: readonly { readonly name: string; readonly value: string }[];
  /** What may be pointed at; the first is the usual one. */
  readonly fields: readonly { readonly name: string; readonly text: string; readonly isSeveral: boolean }[];
}

/** Opens the page that the form names, for the visitor to point at what they want of it. */
export function jobPoint(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { runs, store, uploads, limits } = deps;
    const job = findJob(deps, req.params.job);
    const pointing = pointingOf(job);
    const body = await withKeptFiles(uploads, req, job);
    const typed = typedFields(job, body);
    const { language } = res.locals.tobiishi.words;
    await limits.take(req, 'proposals');
    await checkStarts(deps);
    const request = { typed, example: '', language, pointed: null };
    const { opened, problems, findings } = await runs.open(job, request, askerOf(req, res));
    const errors = problemTexts(res.locals.tobiishi.words, job.name, problems);
    if (errors.size > 0) return sendForm(deps, req, res, job, { status: 422, typed: body, errors });
    if (opened === null) {
      const found = { findings, proposals: [], problems: [] };
      return sendForm(deps, req, res, job, { typed: body, proposals: shownProposals(res, job, typed, '', found) });
    }
    await sendPointing(req, res, job, pointing, { typed, page: await keepPage(store, req, job.name, opened) });
  };
}

function pointingOf({ name, pointing }: Job): Pointing {
  if (pointing === null) throw new TobiishiError('job-not-found', `nothing is pointed at for job ${name}`);
  return pointing;
}

async function sendPointing(
  req: Request,
  res: Response,
  job: Job,
  { fields }: Pointing,
  { typed, page }: { readonly typed: Readonly<Record<string, string>>; readonly page: string },
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const token = csrfToken(req);
  await saveSession(req);
  allowFrames(res);
  const address = paths.formAction(job.name, 'point');
  await sendPage<PointView>(res, 'point', {
    title: words.t('pointing.title'),
    here: paths.job(job.name),
    inForm: { address, button: 'point' },
    data: {
      job: job.name,
      title: jobTitle(words, job.name, job),
      token,
      page,
      frame: paths.jobFrame(job.name, page),
      hidden: Object.entries(typed).map(([name, value]) => ({ name, value })),
      fields: fields.map((name, i) => ({
        name,
        text: ownText(words, job.name, `pointing.${name}`, name),
        isSeveral: i === 0,
      })),
    },
  });
}

/** The page that was opened, as a document in which nothing runs and nothing is loaded. */
export function jobFrame({ store }: PageDeps): RequestHandler<{ job: string; token: string }> {
  return async (req, res) => {
    const { job, token } = req.params;
    const html = await findPage(store, req, job, { token, part: 'html' });
    const { words } = res.locals.tobiishi;
    framedHeaders(res);
    if (html !== null) return void res.type('html').send(html);
    res.status(404).type('text').send(words.t('pointing.gone'));
  };
}

/** What was sent along with the token of a page: `_pick=FIELD:NUMBER`, as often as something was pointed at. */
export function picksIn(body: Body, { fields }: Pointing): PickedElement[] {
  const sent: unknown[] = [body['_pick']].flat();
  return sent.slice(0, MOST_PICKS).flatMap((text) => {
    const [, field = '', digits = ''] = /^(\w{1,40}):(\d{1,6})$/.exec(String(text)) ?? [];
    return fields.includes(field) ? [{ field, element: Number(digits) }] : [];
  });
}
