import type { Request, Response } from 'express';
import type { Job } from '../core/job.js';
import { csrfToken } from '../web/csrf.js';
import type { Field } from '../web/form.js';
import { jobDescription, jobTitle } from '../web/language.js';
import { sendPage } from '../web/render.js';
import { saveSession } from '../web/session.js';
import type { ShownPreview } from './job-preview.js';

export interface FormPage {
  readonly fields: readonly Field[];
  readonly status?: number;
  /** What is wrong with the form as a whole. */
  readonly problem?: string | null;
  /** What was found when the visitor tried it. */
  readonly preview?: ShownPreview;
}

/** Sends the job's form, with the token saved before the page is out. */
export async function sendForm<P>(req: Request<P>, res: Response, job: Job, form: FormPage): Promise<void> {
  const { words } = res.locals;
  const wrong = form.fields.filter((field) => field.error !== null);
  const problem = form.problem ?? null;
  const token = csrfToken(req as Request);
  await saveSession(req as Request);
  const title = jobTitle(words, job.name, job);
  const hasErrors = wrong.length > 0 || problem !== null;
  const heading = hasErrors ? 'form.errorTitle' : form.preview && 'form.previewedTitle';
  await sendPage(res, {
    view: 'job',
    status: form.status ?? 200,
    title: heading ? words.t(heading, { title }) : title,
    here: `/jobs/${job.name}`,
    data: {
      job: job.name,
      title,
      description: jobDescription(words, job),
      fields: form.fields,
      wrong,
      problem,
      preview: form.preview ?? null,
      hasPreview: job.hasPreview,
      token,
    },
  });
}
