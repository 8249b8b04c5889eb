import type { RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { formFields } from '../web/form.js';
import type { PageDeps } from './deps.js';
import { sendForm } from './job-form.js';

/** The job's form. Fields in the address are filled in: `/jobs/wait?seconds=3`. */
export function jobShow({ jobs }: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = jobs.get(req.params.job);
    if (!job) throw new TobiishiError('job-not-found', `no job ${req.params.job}`);
    const filledIn = Object.keys(req.query).some((name) => name in job.input.shape);
    const fields = formFields(res.locals.words, job, filledIn ? req.query : null);
    await sendForm(req, res, job, { fields });
  };
}
