import type { RequestHandler } from 'express';
import type { Run } from '../../core/run.js';
import { MAX_NAME } from '../../engine/runs.js';
import { csrfToken } from '../../http/csrf.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import { findRun } from './find.js';

interface NameView {
  readonly run: Run;
  readonly about: RunAbout;
  readonly token: string;
  readonly most: number;
}

/** Asks for a name by which its owner knows the run. */
export function runNameShow(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'name');
    const token = csrfToken(req);
    await saveSession(req);
    const { words, paths } = res.locals.tobiishi;
    await sendPage<NameView>(res, 'name', {
      title: words.t('name.title'),
      here: paths.runAction(run.id, 'name'),
      data: { run, token, about: aboutRun(words, deps.jobs.get(run.job), run), most: MAX_NAME },
    });
  };
}

export function runName(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'name');
    const { name } = req.body;
    await deps.runs.name(run, typeof name === 'string' ? name : '');
    res.redirect(303, res.locals.tobiishi.paths.run(run.id));
  };
}
