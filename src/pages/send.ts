import type { Response } from 'express';
import { withQuery } from '../http/query.js';
import { docsAddress, version } from '../http/root.js';
import { LANGUAGES } from '../http/texts.js';

/** Each is a file in `views/`. */
export const VIEWS = [
  'confirm',
  'error',
  'files',
  'home',
  'host',
  'job',
  'login',
  'name',
  'operator',
  'operator-blocks',
  'operator-errors',
  'operator-load',
  'operator-log',
  'operator-run',
  'point',
  'privacy',
  'probe',
  'rows',
  'run',
  'schedule',
  'share',
  'styles',
  'tokens',
  'watch',
] as const;
export type View = (typeof VIEWS)[number];

/** `Data` is what the view shows: its type stands beside the action. */
export interface Page<Data> {
  readonly title: string;
  /** Address of this page for the language links: a GET that executes nothing. */
  readonly here: string;
  /** It is a form that is filled in, and another language is asked for by sending it. */
  readonly inForm?: { readonly address: string; readonly button: string } | null;
  readonly status?: number;
  /** For those without JavaScript: go to `url` after `seconds`. */
  readonly refresh?: { readonly url: string; readonly seconds: number } | null;
  /** Steps change the page in place: see `public/quiet.js`. */
  readonly quiet?: boolean;
  /** It asks for the next page while it is being parsed: its scripts stand before that, not in the head. */
  readonly chain?: boolean;
  /** For a page that loads itself again: the link that ends this, or the button when there is a token. */
  readonly stop?: { readonly text: string; readonly address: string; readonly token: string | null } | null;
  readonly data: NoInfer<Data>;
}

/** Renders the whole page, then sends it: an error while rendering can still become an error page. */
export async function sendPage<Data extends object = never>(
  res: Response,
  view: View,
  page: Page<Data>,
): Promise<void> {
  const { words, nonce, plain, paths, instance } = res.locals.tobiishi;
  const { views, hasWorker, hasTokens } = instance;
  const { here, title, inForm = null, refresh = null, quiet = false, chain = false, stop = null } = page;
  const fixedFor = `${words.language} ${paths.home}`;
  const common = { words, t: words.t, nonce, paths, languages: LANGUAGES, inLanguage, inForm, fixedFor };
  const main = views.render(view, page.data, common);
  const about = { version, docsAddress, main, here, title, refresh, quiet, plain, chain, stop, hasWorker, hasTokens };
  const html = views.render('layout', about, common);
  res.setHeader('Content-Language', words.language);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  // As a text and with its length, headers and page leave as one piece; Express's `send` would look at it several times.
  res.setHeader('Content-Length', html.length);
  res.statusCode = page.status ?? 200;
  res.end(html, 'latin1');
}

/** The address, with the choice of a language. */
export function inLanguage(address: string, language: string): string {
  return withQuery(address, `lang=${language}`);
}
