import type { ErrorRequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { PageDeps } from '../deps.js';
import { codeOf, HTTP_STATUS } from '../errors.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';

/** What was typed comes back with the reason when it was refused unread, or the server is at fault: not an empty form. */
export function jobRefused(deps: PageDeps): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    const code = codeOf(error);
    const status = HTTP_STATUS[code];
    const name: unknown = req.path === '/runs' ? req.body?.job : /^\/jobs\/([^/]+)\/(?!load$)/.exec(req.path)?.[1];
    const job = typeof name === 'string' ? deps.jobs.get(name) : undefined;
    if (req.method !== 'POST' || !job || !req.body || (status !== 403 && status < 500)) return next(error);
    const { words } = res.locals.tobiishi;
    const what = words.t(`errors.${code}.what`, error instanceof TobiishiError ? { ...error.params } : {});
    const id = status === 500 ? ` ${words.t('errors.requestId')} ${req.id}` : '';
    const problem = `${what} ${words.or(`errors.${code}.form`, words.t('form.asTyped'))}${id}`;
    try {
      const typed = await withKeptFiles(deps.store, req, job);
      await sendForm(deps, req, res, job, { status, typed, problem });
      if (status >= 500) req.log.error({ err: error }, 'request failed');
    } catch {
      // The form needs what failed: the first error is the one to tell.
      next(error);
    }
  };
}
