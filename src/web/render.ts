import { join } from 'node:path';
import ejs from 'ejs';
import type { Response } from 'express';
import type { Run } from '../core/run.js';
import { asset } from './assets.js';
import { LANGUAGES } from './language.js';
import { projectRoot } from './root.js';

const VIEWS = join(projectRoot, 'views');
const OPTIONS: ejs.Options = { cache: true, root: VIEWS, rmWhitespace: true };

export interface Page {
  readonly view: string;
  readonly title: string;
  /** Address of this page for the language links: a GET that executes nothing. */
  readonly here: string;
  readonly status?: number;
  /** For those without JavaScript: go to `url` after `seconds`. */
  readonly refresh?: { readonly url: string; readonly seconds: number } | null;
  /** Steps change the page in place: see `public/quiet.js`. */
  readonly quiet?: boolean;
  readonly data?: object;
}

/** Renders the whole page, then sends it: an error while rendering can still become an error page. */
export async function sendPage(res: Response, page: Page): Promise<void> {
  const { words, nonce } = res.locals;
  const serviceWorker = res.app.locals['serviceWorker'] === true;
  const common = { words, t: words.t, nonce, asset, languages: LANGUAGES, here: page.here, serviceWorker };
  const main = await ejs.renderFile(join(VIEWS, `${page.view}.ejs`), { ...common, ...page.data }, OPTIONS);
  const html = await ejs.renderFile(
    join(VIEWS, 'layout.ejs'),
    { ...common, main, title: page.title, refresh: page.refresh ?? null, quiet: page.quiet === true },
    OPTIONS,
  );
  res.setHeader('Content-Language', words.language);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-cache');
  res
    .status(page.status ?? 200)
    .type('html')
    .send(html);
}

/** Marks an answer as being about the run, so that a driver can tell it from a host's error page. */
export function setRunHeaders(res: Response, run: Run): void {
  res.setHeader('Tobiishi-Run', `status=${run.status}; seq=${run.seq}; total=${run.total}`);
  res.setHeader('Cache-Control', 'no-store');
}
