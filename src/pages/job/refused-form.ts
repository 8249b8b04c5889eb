import type { ErrorRequestHandler } from 'express';
import type { PageDeps } from '../deps.js';
import { codeOf, HTTP_STATUS, retryAfterS, whatHappened } from '../errors.js';
import { askedOf } from '../locals.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';

/**
 * Shows the form as it was filled in, with the reason, when it was refused unread or the server is at fault: nobody has to
 * type it again.
 */
export function refusedForm(deps: PageDeps): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    const code = codeOf(error);
    const status = HTTP_STATUS[code];
    const { words, matched } = res.locals.tobiishi;
    const job = matched?.route.formOf?.(askedOf(req, res));
    if (!job || !req.body || res.headersSent || (status !== 403 && status !== 429 && status < 500)) return next(error);
    const what = whatHappened(res.locals.tobiishi, error);
    const id = status === 500 ? ` ${words.t('errors.requestId')} ${req.id}` : '';
    const problem = `${what} ${words.or(`errors.${code}.form`, words.t('form.asTyped'))}${id}`;
    const againS = retryAfterS(error);
    if (againS !== null) res.setHeader('Retry-After', String(againS));
    try {
      const typed = await withKeptFiles(deps.uploads, req, job);
      await sendForm(deps, req, res, job, { status, typed, problem });
      if (status >= 500) req.log.error({ err: error }, 'request failed');
    } catch {
      // What failed is needed for the form, too. The first error is the one to tell.
      next(error);
    }
  };
}
