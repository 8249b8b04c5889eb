import type { RequestHandler } from 'express';
import { mayStart } from '../../core/access.js';
import { type ErrorCode, isTobiishiError, TobiishiError } from '../../core/errors.js';
import { ensureVisitor, saveSession } from '../../http/session.js';
import type { Words } from '../../http/words.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import { readForm } from '../job/fields.js';
import { findJob } from '../job/find.js';
import { goesOn, sendForm } from '../job/form.js';
import { withKeptFiles } from '../job/kept-files.js';
import { sendWrongForm } from '../job/wrong-form.js';
import { rememberRun } from '../session.js';
import { checkStarts } from '../starts.js';
import { setRunHeaders } from './headers.js';

/** What the engine refuses because of what was typed or what is running: said in the form, not on an error page. */
const SAID_IN_THE_FORM: readonly ErrorCode[] = [
  'too-many-runs',
  'too-many-steps',
  'too-large-for-cookie',
  'plan-too-slow',
  'plan-empty',
  'too-much-kept',
  'starts-refused',
];

/** Starts a run of what was typed, or says in the form what is wrong with it. */
export function runCreate(deps: PageDeps): RequestHandler {
  const { runs, uploads, may, limits } = deps;
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const job = findJob(deps, req.body.job);
    const typed = await withKeptFiles(uploads, req, job);
    const form = await readForm(words, job, typed, (input) => runs.check(job, input, askerOf(req, res)));
    if (!form.ok) return sendWrongForm(deps, req, res, job, typed, form.errors);
    try {
      // At once: the store may be far away.
      await Promise.all([limits.take(req, 'starts'), checkStarts(deps)]);
      const visitorId = ensureVisitor(req);
      if (!(await mayStart(may, visitorId, job.name))) {
        throw new TobiishiError('not-allowed', `this visitor may not start ${job.name}`);
      }
      const owner = { ...askerOf(req, res), visitorId, background: goesOn(req.body) };
      const key: unknown = req.body._key;
      const { input } = form;
      const run =
        typeof key === 'string' && key !== ''
          ? await runs.startOnce(job, input, owner, key)
          : await runs.start(job, input, owner);
      rememberRun(req, run);
      await saveSession(req);
      setRunHeaders(res, run);
      res.redirect(303, paths.run(run.id));
    } catch (error) {
      if (!isTobiishiError(error) || !SAID_IN_THE_FORM.includes(error.code)) throw error;
      await sendForm(deps, req, res, job, { status: 422, typed, problem: refusal(words, error) });
    }
  };
}

function refusal(words: Words, { code, params }: TobiishiError): string {
  return `${words.t(`errors.${code}.what`, params)} ${words.t(`errors.${code}.next`, params)}`;
}
