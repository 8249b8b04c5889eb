import type { Request, Response } from 'express';
import { isTobiishiError } from '../../core/errors.js';
import type { Asker } from '../../core/fair-shares.js';
import type { Job } from '../../core/job.js';
import type { Mend } from '../../core/preview.js';
import type { Body } from '../../http/form-body.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { type FormErrors, typedFields } from './fields.js';
import { sendForm } from './form.js';

/** Sends the form back with what is wrong with it, and with what was probably meant. */
export async function sendWrongForm(
  deps: PageDeps,
  req: Request,
  res: Response,
  job: Job,
  typed: Body,
  errors: FormErrors,
): Promise<void> {
  const mends = await mendsFor(deps, req, askerOf(req, res), job, typed);
  const ofWrongFields = mends.filter(({ field }) => errors.has(field));
  await sendForm(deps, req, res, job, { status: 422, typed, errors, mends: ofWrongFields });
}

/** It may ask a host for its page, as trying does, and is counted like that; who has tried too often goes without. */
async function mendsFor(
  { limits, runs }: PageDeps,
  req: Request,
  asker: Asker,
  job: Job,
  typed: Body,
): Promise<readonly Mend[]> {
  if (!job.hasMends) return [];
  try {
    await limits.take(req, 'previews');
  } catch (error) {
    if (isTobiishiError(error, 'too-many-requests')) return [];
    throw error;
  }
  return runs.mend(job, typedFields(job, typed), asker);
}
