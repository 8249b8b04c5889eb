import type { Request, RequestHandler } from 'express';
import { csrfToken } from '../web/csrf.js';
import { sendPage } from '../web/render.js';
import { forgetRun, saveSession } from '../web/session.js';
import type { PageDeps } from './deps.js';
import { aboutRun } from './run-about.js';
import { findRun } from './run-find.js';

/** Asks first: what is deleted is gone. */
export function runDeleteAsk({ engine, jobs }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(engine, req, res);
    const token = csrfToken(req as Request);
    await saveSession(req as Request);
    const { words } = res.locals;
    await sendPage(res, {
      view: 'delete',
      title: words.t('delete.title'),
      here: `/runs/${run.id}/delete`,
      data: { run, token, about: aboutRun(words, jobs.get(run.job), run) },
    });
  };
}

export function runDelete({ engine }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(engine, req, res);
    await engine.delete(run);
    forgetRun(req as Request, run.id);
    await saveSession(req as Request);
    // There is no run any more that the answer could be about.
    res.removeHeader('Tobiishi-Run');
    res.redirect(303, '/');
  };
}
