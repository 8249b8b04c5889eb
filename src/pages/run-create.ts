import type { Request, RequestHandler, Response } from 'express';
import { type ErrorCode, TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Input } from '../core/run.js';
import { type Body, formFields, readForm } from '../web/form.js';
import { setRunHeaders } from '../web/render.js';
import { ensureVisitor, rememberRun, saveSession } from '../web/session.js';
import type { PageDeps } from './deps.js';
import { sendForm } from './job-form.js';

/** What the engine refuses because of what was typed or what is running: said in the form, not on an error page. */
const SAID_IN_THE_FORM: readonly ErrorCode[] = [
  'too-many-runs',
  'too-many-steps',
  'too-large-for-cookie',
  'plan-too-slow',
  'plan-empty',
];

export function runCreate({ jobs, engine }: PageDeps): RequestHandler {
  return async (req, res) => {
    const body: Body = req.body;
    const job = jobs.get(String(body['job']));
    if (!job) throw new TobiishiError('job-not-found', `no job ${String(body['job'])}`);
    const form = readForm(res.locals.words, job, body);
    if (!form.ok) {
      const fields = formFields(res.locals.words, job, body, form.errors);
      return sendForm(req, res, job, { status: 422, fields, problem: form.errors.get('') ?? null });
    }
    try {
      const run = await engine.start(job, form.input as Input, ensureVisitor(req));
      rememberRun(req, run);
      await saveSession(req);
      setRunHeaders(res, run);
      res.redirect(303, `/runs/${run.id}`);
    } catch (error) {
      if (!(error instanceof TobiishiError) || !SAID_IN_THE_FORM.includes(error.code)) throw error;
      await sendRefusal(req, res, job, error);
    }
  };
}

function sendRefusal(req: Request, res: Response, job: Job, { code, params }: TobiishiError): Promise<void> {
  const { words } = res.locals;
  const problem = `${words.t(`errors.${code}.what`, params)} ${words.t(`errors.${code}.next`, params)}`;
  return sendForm(req, res, job, { status: 422, fields: formFields(words, job, req.body), problem });
}
