import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Run } from '../../core/run.js';
import type { GoneRows, WatchStore } from '../../core/watches.js';
import { watchOf } from '../../engine/run-watcher.js';
import { csrfToken } from '../../http/csrf.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { jobTitle } from '../job/texts.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import { atomFeed } from './atom.js';
import { findRun } from './find.js';

/** Feed readers look at no more. */
const FEED_ROWS = 50;

/** What is new since the run before, also for programs. */
export interface WatchJson {
  readonly counts: Readonly<Record<'new' | 'changed' | 'same', number>>;
  readonly gone: GoneRows;
  /** Null while there is no feed. */
  readonly feed: string | null;
}

interface WatchView extends WatchJson {
  readonly run: Run;
  readonly about: RunAbout;
  readonly token: string;
}

/** What is new, changed and gone since the run before, and the feed of what is new. */
export function runWatchShow(deps: PageDeps, watches: WatchStore): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { run, watchId } = await findWatch(deps, req, res);
    const [gone, feedToken] = await Promise.all([watches.gone(watchId, run.id), watches.feedToken(watchId)]);
    const { words, paths } = res.locals.tobiishi;
    const count = (seen: string) => run.stats[`tobiishi/rows_${seen}`] ?? 0;
    const seen: WatchJson = {
      counts: { new: count('new'), changed: count('changed'), same: count('same') },
      gone: gone ?? { count: 0, labels: [] },
      feed: feedToken && `${originOf(deps, req as Request)}${paths.feed(feedToken)}`,
    };
    if (wantsJson(req as Request)) return sendJson(res, seen);
    const token = csrfToken(req);
    await saveSession(req);
    await sendPage<WatchView>(res, 'watch', {
      title: words.t('watch.title'),
      here: paths.runAction(run.id, 'watch'),
      data: {
        run,
        token,
        about: aboutRun(words, deps.jobs.get(run.job), run),
        ...seen,
      },
    });
  };
}

/** Makes the feed's address, or takes it back. It stays the same from run to run. */
export function runFeed(deps: PageDeps, watches: WatchStore, isOffered: boolean): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { run, watchId } = await findWatch(deps, req, res);
    const before = await watches.feedToken(watchId);
    if (isOffered !== (before !== null))
      await watches.setFeedToken(watchId, isOffered ? randomBytes(16).toString('base64url') : null);
    await saveSession(req);
    res.redirect(303, res.locals.tobiishi.paths.runAction(run.id, 'watch'));
  };
}

/** The newest rows for whoever has the address. */
export function feedShow(deps: PageDeps, watches: WatchStore): RequestHandler<{ token: string }> {
  return async (req, res) => {
    await deps.limits.take(req, 'shared');
    const feed = await watches.findFeed(req.params.token, FEED_ROWS);
    if (feed === null) throw new TobiishiError('shared-not-found', 'no feed has this token');
    const { words, paths } = res.locals.tobiishi;
    const title = words.t('watch.feedTitle', { title: jobTitle(words, feed.jobName, deps.jobs.get(feed.jobName)) });
    const self = `${originOf(deps, req)}${paths.feed(req.params.token)}`;
    res.setHeader('Cache-Control', 'private, no-cache');
    res.type('application/atom+xml; charset=utf-8');
    res.send(atomFeed(feed, { title, self, author: 'Tobiishi', language: words.language }));
  };
}

/** Throws `run-not-found`, also for a run that watches nothing. */
async function findWatch(deps: PageDeps, req: Request<{ id: string }>, res: Response) {
  const run = await findRun(deps, req, res, 'share');
  const job = deps.jobs.get(run.job);
  const watch = job === undefined ? null : watchOf(job, run);
  if (watch === null) throw new TobiishiError('run-not-found', `run ${run.id} watches nothing`);
  return { run, watchId: watch.id };
}

function originOf({ siteUrl }: PageDeps, req: Request): string {
  return siteUrl ?? `${req.protocol}://${req.host}`;
}
