import type { RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import { allows, type Run } from '../../core/run.js';
import { csrfToken } from '../../http/csrf.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import type { ConfirmedAction } from './actions.js';
import { findRun } from './find.js';

interface ConfirmView {
  readonly run: Run;
  readonly about: RunAbout;
  readonly action: ConfirmedAction;
  readonly token: string;
}

/** Asks first, on a page of its own that stays until it is answered. Executes nothing. */
export function confirmShow(deps: PageDeps, action: ConfirmedAction): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, action === 'unshare' ? 'share' : action);
    if (!isPossible(run, action))
      throw new TobiishiError('wrong-status', `cannot ${action} a run that is ${run.status}`, { action });
    const token = csrfToken(req);
    await saveSession(req);
    const { words, paths } = res.locals.tobiishi;
    await sendPage<ConfirmView>(res, 'confirm', {
      title: words.t(`ask.${action}.title`),
      here: paths.runAction(run.id, action),
      data: { run, action, token, about: aboutRun(words, deps.jobs.get(run.job), run) },
    });
  };
}

function isPossible(run: Run, action: ConfirmedAction): boolean {
  if (action === 'delete') return true;
  return action === 'unshare' ? run.shareToken !== null : allows(run, action);
}
