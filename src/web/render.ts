import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs from 'ejs';
import type { Response } from 'express';
import type { Run } from '../core/run.js';
import { asset } from './assets.js';
import { LANGUAGES } from './language.js';
import { projectRoot } from './root.js';

const VIEWS = join(projectRoot, 'views');

export interface Page {
  readonly view: string;
  readonly title: string;
  /** Address of this page for the language links: a GET that executes nothing. */
  readonly here: string;
  /** It is a form that is filled in, and another language is asked for by sending it to this address. */
  readonly inForm?: string | null;
  readonly status?: number;
  /** For those without JavaScript: go to `url` after `seconds`. */
  readonly refresh?: { readonly url: string; readonly seconds: number } | null;
  /** Steps change the page in place: see `public/quiet.js`. */
  readonly quiet?: boolean;
  /** It asks for the next page while it is parsed, and brings its scripts along before that. */
  readonly chain?: boolean;
  /** It loads itself again: the link that ends this, or the button, which has a token. */
  readonly stop?: { readonly text: string; readonly address: string; readonly token: string | null } | null;
  readonly data?: object;
}

/** Renders the whole page, then sends it: an error while rendering can still become an error page. */
export async function sendPage(res: Response, page: Page): Promise<void> {
  const { words, nonce, plain = false } = res.locals;
  const serviceWorker = res.app.locals['serviceWorker'] === true;
  const common = { words, t: words.t, nonce, asset, languages: LANGUAGES, here: page.here, serviceWorker };
  const { title, inForm = null, refresh = null, quiet = false, chain = false, stop = null } = page;
  const main = render(
    page.view,
    inForm ? { ...common, inForm, inLanguage, ...page.data } : { ...common, ...page.data },
  );
  const about = { main, title, inForm, inLanguage, refresh, quiet, plain, chain, stop };
  const html = render('layout', { ...common, ...about });
  res.setHeader('Content-Language', words.language);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-cache');
  res
    .status(page.status ?? 200)
    .type('html')
    .send(html);
}

/** The address, with the choice of a language. */
export function inLanguage(address: string, language: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}lang=${language}`;
}

/** By the names that they are compiled for. */
const templates = new Map<string, Map<string, ejs.TemplateFunction>>();

/**
 * A view, in which everything in `data` is a variable, and `part` renders another one. Views are compiled for the names
 * that they are given, once: EJS's own way, a `with` statement and a copy for each part, takes several times as long.
 */
function render(view: string, data: object): string {
  const part = (other: string, more?: object): string =>
    more ? render(other, { ...data, ...more }) : template(other)(variables);
  const variables = { ...data, part };
  const names = Object.keys(variables);
  const key = names.join();
  const compiled = templates.get(key) ?? new Map<string, ejs.TemplateFunction>();
  templates.set(key, compiled);
  const template = (other: string): ejs.TemplateFunction => {
    const known = compiled.get(other);
    if (known !== undefined) return known;
    const filename = join(VIEWS, `${other}.ejs`);
    // The last one: `variables` is an object of ours, and need not be copied for each part.
    const options = {
      strict: true,
      destructuredLocals: names,
      rmWhitespace: true,
      filename,
      unsafePrototypeLocals: true,
    };
    const made = ejs.compile(readFileSync(filename, 'utf8'), options);
    compiled.set(other, made);
    return made;
  };
  return part(view);
}

/** Marks an answer as being about the run, so that a driver can tell it from a host's error page. */
export function setRunHeaders(res: Response, run: Run): void {
  res.setHeader('Tobiishi-Run', `status=${run.status}; seq=${run.seq}; total=${run.total}`);
  res.setHeader('Cache-Control', 'no-store');
}
