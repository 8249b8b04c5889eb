import type { RequestHandler } from 'express';
import { csrfToken } from '../../http/csrf.js';
import { endSession, saveSession, visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { forgetPages } from '../job/opened-pages.js';
import { sendPage } from '../send.js';

interface PrivacyView {
  readonly keptForMs: number;
  /** Who had which hosts asked; 0: nobody knows. */
  readonly logKeptForMs: number;
  readonly contact: string | null;
  /** Null for somebody of whom nothing is kept. */
  readonly token: string | null;
  readonly isDeleted: boolean;
}

/** What is kept of a visitor, for how long, and the button that deletes it. */
export function privacyShow({ keptForMs, logKeptForMs, contact }: PageDeps): RequestHandler {
  return async (req, res) => {
    const token = visitorOf(req) === null ? null : csrfToken(req);
    await saveSession(req);
    const { words, paths } = res.locals.tobiishi;
    await sendPage<PrivacyView>(res, 'privacy', {
      title: words.t('privacy.title'),
      here: paths.privacy,
      data: { keptForMs, logKeptForMs, contact, token, isDeleted: req.query['deleted'] === '1' },
    });
  };
}

/** Runs, what they have seen, files, opened pages, tokens, webhooks, session and cookie; and what the browser keeps, where the whole origin is ours. */
export function privacyDelete({
  runs,
  store,
  tokens,
  webhooks,
  schedules,
  watches,
  abuseLog,
  uploads,
}: PageDeps): RequestHandler {
  return async (req, res) => {
    const { paths, mount } = res.locals.tobiishi;
    const visitorId = visitorOf(req);
    if (req.body.sure !== 'on' || visitorId === null) return res.redirect(303, paths.privacy);
    await schedules?.removeAll(visitorId);
    await runs.deleteAll(visitorId);
    await watches?.removeAll(visitorId);
    await uploads.removeAll(visitorId);
    await tokens?.removeAll(visitorId);
    await webhooks?.store.removeAll(visitorId);
    await forgetPages(store, visitorId);
    await abuseLog.forgetIdle(visitorId);
    await endSession(req, res);
    // Also the cache of the service worker, and the worker itself. In an app around us it would take that app's things, too.
    if (mount === '') res.setHeader('Clear-Site-Data', '"cache", "cookies", "storage"');
    res.redirect(303, paths.privacyDeleted);
  };
}
