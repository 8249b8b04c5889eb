import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { once } from '../core/once.js';
import type { Instance } from '../http/locals.js';
import { projectRoot } from '../http/root.js';
import { LANGUAGES } from '../http/texts.js';

/** How long an answer may be on its way, besides the time until it is sent. */
const ON_THE_WAY_MS = 3000;

/** Stands at the worker's address while it is switched off: a browser that still has the worker loads this, which removes it. */
const LEAVE = `addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(Promise.all([registration.unregister(), caches.delete(PATHS.cache)])));
`;

/**
 * `public/service-worker.js`, and before it everything that it needs while the host is down. A changed style, text or
 * setting changes the script, so that browsers notice the new one.
 */
export function serviceWorker(instance: Instance, answerWithinMs: number): RequestHandler {
  const script = once(() => {
    const settings = JSON.stringify(settingsOf(instance, answerWithinMs));
    return `const SETTINGS = ${settings};\n${file('duration.js')}${file('service-worker.js')}`;
  });
  return (_req, res) => {
    const { paths } = res.locals.tobiishi;
    // Each mount of an origin has a cache of its own.
    const addresses = { home: paths.home, runs: paths.runsScope, cache: `tobiishi ${paths.home}` };
    res.setHeader('Cache-Control', 'no-cache');
    res
      .type('text/javascript')
      .send(`const PATHS = ${JSON.stringify(addresses)};\n${instance.hasWorker ? script() : LEAVE}`);
  };
}

function settingsOf(instance: Instance, answerWithinMs: number): object {
  const words = LANGUAGES.map((language) => {
    const { t } = instance.words[language];
    const later = { duration: '{{duration}}', status: '{{status}}', seq: '{{seq}}' };
    const texts = {
      language,
      name: t(`site.languages.${language}`),
      choose: t('site.language'),
      site: t('site.name'),
      home: t('errors.toHome'),
      title: t('away.title'),
      again: t('away.again', later),
      sawStatus: t('away.sawStatus', later),
      sawBreak: t('away.sawBreak', later),
      sawOffline: t('away.sawOffline'),
      sawNothing: t('away.sawNothing', later),
      safe: t('away.safe'),
      safeAt: t('away.safeAt', later),
      now: t('away.now'),
      stop: t('errors.stop'),
      stopped: t('away.stopped'),
    };
    return [language, texts];
  });
  return {
    patienceMs: answerWithinMs + ON_THE_WAY_MS,
    style: file('style.css'),
    mark: file('favicon.svg').replace('<svg ', '<svg width="32" height="32" aria-hidden="true" '),
    words: Object.fromEntries(words),
  };
}

function file(name: string): string {
  return readFileSync(join(projectRoot, 'public', name), 'utf8');
}
