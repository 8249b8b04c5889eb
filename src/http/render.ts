import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateFunction } from 'ejs';
import type { Response } from 'express';
import type { Run } from '../core/run.js';
import { asset } from './assets.js';
import { LANGUAGES } from './language.js';
import { ejs } from './packages.js';
import { withQuery } from './query.js';
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
  const { here, title, inForm = null, refresh = null, quiet = false, chain = false, stop = null } = page;
  const common = { words, t: words.t, nonce, asset, languages: LANGUAGES, inLanguage, inForm };
  // What an object literal begins with is copied several times as fast as what follows.
  const main = render(page.view, { ...page.data, ...common });
  const about = { main, here, title, refresh, quiet, plain, chain, stop, serviceWorker };
  const html = render('layout', { ...about, ...common });
  res.setHeader('Content-Language', words.language);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-cache');
  res
    .status(page.status ?? 200)
    .type('html')
    .send(html);
}

/** The address, with the choice of a language. */
export function inLanguage(address: string, language: string): string {
  return withQuery(address, `lang=${language}`);
}

interface Templates {
  readonly names: readonly string[];
  readonly compiled: Map<string, TemplateFunction>;
}

/** Those of each view, by the names that it was given: few, as a view is mostly given the same. */
const templates = new Map<string, Templates[]>();

/**
 * A view, in which everything in `data` is a variable, and `part` renders another one. Views are compiled for the names
 * that they are given, once: EJS's own way, a `with` statement and a copy for each part, takes several times as long.
 */
function render(view: string, data: object): string {
  const variables = { ...data, part };
  const known = templatesFor(view, Object.keys(variables));
  function part(other: string, more?: object): string {
    return more ? render(other, { ...data, ...more }) : template(other, known)(variables);
  }
  return part(view);
}

function templatesFor(view: string, names: readonly string[]): Templates {
  const all = templates.get(view) ?? [];
  let found = all.find(
    (each) => each.names.length === names.length && names.every((name, i) => each.names[i] === name),
  );
  if (found === undefined) {
    found = { names, compiled: new Map() };
    templates.set(view, [...all, found]);
  }
  return found;
}

function template(view: string, { names, compiled }: Templates): TemplateFunction {
  let made = compiled.get(view);
  if (made === undefined) {
    const filename = join(VIEWS, `${view}.ejs`);
    // The last one: `variables` is an object of ours, and need not be copied for each part.
    const options = {
      strict: true,
      destructuredLocals: [...names],
      rmWhitespace: true,
      filename,
      unsafePrototypeLocals: true,
    };
    made = ejs().compile(readFileSync(filename, 'utf8'), options);
    compiled.set(view, made);
  }
  return made;
}

/** Marks an answer as being about the run, so that a driver can tell it from a host's error page. */
export function setRunHeaders(res: Response, run: Run): void {
  res.setHeader('Tobiishi-Run', `status=${run.status}; seq=${run.seq}; total=${run.total}`);
  res.setHeader('Cache-Control', 'no-store');
}
