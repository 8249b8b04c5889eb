import express, { type Express } from 'express';
import type { Store as SessionStore } from 'express-session';
import type { Logger } from './core/logger.js';
import { bearerToken } from './http/api-token.js';
import { createAssets } from './http/assets.js';
import { keepChoices } from './http/choices.js';
import { csrf } from './http/csrf.js';
import { fairRequests } from './http/fair-requests.js';
import { formBody } from './http/form-body.js';
import { Gate } from './http/gate.js';
import { marked, securityHeaders } from './http/headers.js';
import { inTurn } from './http/in-turn.js';
import { loadSession, type SessionSettings } from './http/load-session.js';
import type { Instance } from './http/locals.js';
import { requestLog } from './http/log.js';
import { LoginThrottle } from './http/login-throttle.js';
import { networkId } from './http/network.js';
import { warnOfUnknownProxy } from './http/proxies.js';
import { createViews } from './http/render.js';
import { refuseOtherHosts, refuseOtherSites } from './http/same-site.js';
import type { Carrier } from './http/session.js';
import type { TextsByLanguage } from './http/texts.js';
import { unreadBodies } from './http/unread-bodies.js';
import { makeWords } from './http/words.js';
import { askForBlocks, keepOutBlocked } from './pages/access/blocked.js';
import { login, pass } from './pages/access/login.js';
import type { PageDeps } from './pages/deps.js';
import { errorPage } from './pages/error-page.js';
import { refusedForm } from './pages/job/refused-form.js';
import { jobTexts } from './pages/job/texts.js';
import { requestLocals } from './pages/locals.js';
import { patterns, withoutTokens } from './pages/paths.js';
import { addNotFound, addRoutes } from './pages/router.js';
import { serviceWorker } from './pages/service-worker.js';
import { SESSION_MAPS } from './pages/session.js';

export interface AppDeps extends PageDeps {
  /** A store whose runs travel in the visitor's cookie takes the session along. */
  readonly sessionStore: SessionStore | Carrier;
  readonly logger: Logger;
  /** Besides those of `locales/`, of which they replace those of the same key; a later one replaces an earlier one. */
  readonly texts: readonly TextsByLanguage[];
  readonly settings: Omit<SessionSettings, 'maps'> & {
    /** The mount as browsers see it, where that is not `req.baseUrl`: behind a proxy that rewrites addresses. */
    readonly base: string | null;
    /** How many proxies stand in front, as a number: `true` would believe any client's headers. */
    readonly trustProxy: number;
    /** Who is let in: `ACCESS`. */
    readonly access: string;
    /** Passwords that may be tried from one network in ten minutes. */
    readonly maxLogins: number;
    /** Names by which the site may be asked, with their ports where those are not the usual ones. Empty: any. */
    readonly allowedHosts: readonly string[];
    /** What the files of a form may have together. */
    readonly maxFileBytes: number;
    /** Whether pages register the service worker; false also removes it where it is. */
    readonly serviceWorker: boolean;
  };
}

export function createApp(deps: AppDeps): Express {
  const { settings } = deps;
  const instance: Instance = {
    words: makeWords(...jobTexts(deps.jobs.values()), ...deps.texts),
    views: createViews(),
    networkId: (address) => networkId(address, settings.sessionSecrets[0] ?? ''),
    hasWorker: settings.serviceWorker,
    hasTokens: deps.tokens !== null,
    showsMends: deps.showsStyles,
  };
  const gate = new Gate('site', settings.access, settings.sessionSecrets[0] ?? '');
  const { versionedName, middleware: assets } = createAssets();
  const app = express();
  app.set('trust proxy', settings.trustProxy);
  app.disable('x-powered-by');
  // Every page is new, and assets are named by their hash.
  app.set('etag', false);

  app.use(
    inTurn(
      requestLocals({ base: settings.base, versionedName, instance, clock: deps.clock }),
      requestLog(deps.logger, withoutTokens),
      securityHeaders,
      marked,
      unreadBodies(deps.clock),
      fairRequests(deps.clock),
      warnOfUnknownProxy(deps.logger),
      refuseOtherHosts(settings.allowedHosts, patterns.healthz),
      refuseOtherSites(settings.allowedHosts),
    ),
  );
  const before = {
    session: [
      askForBlocks(deps.blocks),
      bearerToken(deps.tokens),
      loadSession(deps.sessionStore, { ...settings, maps: SESSION_MAPS }),
    ],
    unblocked: keepOutBlocked(deps.blocks),
    access: pass(gate),
    form: formBody({
      limits: deps.limits,
      clock: deps.clock,
      memory: deps.memory,
      turns: deps.turns,
      uploads: deps.uploads,
      maxFileBytes: settings.maxFileBytes,
      disk: deps.disk,
    }),
    token: csrf,
    login: login(
      deps.operator === null ? [gate] : [gate, deps.operator],
      new LoginThrottle(deps.clock, settings.maxLogins),
    ),
    choices: keepChoices,
  };
  addRoutes(app, deps, before);
  // Before the file of that name in `public/`, which is only a part of it.
  app.get(patterns.serviceWorker, serviceWorker(instance, deps.driver.answerWithinMs));
  app.use(assets);
  addNotFound(app, before);
  app.use(refusedForm(deps));
  app.use(errorPage);
  return app;
}
