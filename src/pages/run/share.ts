import type { RequestHandler } from 'express';
import type { Run } from '../../core/run.js';
import { csrfToken } from '../../http/csrf.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import { findRun } from './find.js';

interface ShareView {
  readonly run: Run;
  readonly about: RunAbout;
  readonly token: string;
  /** The shared page's path, and the whole address to hand on; null while the run is not shared. */
  readonly path: string | null;
  readonly address: string | null;
}

/** The link by which others can read the run, or the button that makes one. */
export function runShareShow(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'share');
    const token = csrfToken(req);
    await saveSession(req);
    const { words, paths } = res.locals.tobiishi;
    const path = run.shareToken === null ? null : paths.shared(run.shareToken);
    await sendPage<ShareView>(res, 'share', {
      title: words.t('share.title'),
      here: paths.runAction(run.id, 'share'),
      data: {
        run,
        token,
        about: aboutRun(words, deps.jobs.get(run.job), run),
        path,
        address: path && `${deps.siteUrl ?? `${req.protocol}://${req.host}`}${path}`,
      },
    });
  };
}

/** Makes the link, or takes it back. */
export function runShare(deps: PageDeps, shared: boolean): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res, 'share');
    await deps.runs.share(run, shared);
    await saveSession(req);
    res.redirect(303, res.locals.tobiishi.paths.runAction(run.id, 'share'));
  };
}
