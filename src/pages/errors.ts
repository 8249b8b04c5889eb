import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { type ErrorCode, TobiishiError } from '../core/errors.js';
import { withQuery } from '../http/query.js';
import { isLanguage } from '../http/texts.js';
import type { Paths } from './paths.js';
import { sendPage } from './send.js';

/** `too-large` and `unknown` are found by the web alone: no domain code throws them. */
type PageCode = ErrorCode | 'too-large' | 'unknown';

export const HTTP_STATUS: Readonly<Record<PageCode, number>> = {
  'bad-request': 400,
  'bad-seq': 400,
  'bad-token': 403,
  'cookies-off': 403,
  'not-found': 404,
  'run-not-found': 404,
  'shared-not-found': 404,
  'job-not-found': 404,
  'wrong-status': 409,
  'too-many-runs': 422,
  'too-many-steps': 422,
  'too-large-for-cookie': 422,
  'plan-too-slow': 422,
  'plan-empty': 422,
  'too-busy': 503,
  'store-away': 503,
  'newer-version': 503,
  'too-large': 413,
  unknown: 500,
};

/** A page that only has to wait asks again by itself after so long. */
const ASK_AGAIN_S = 3;

export const notFound: RequestHandler = (req, _res, next) => {
  // Express answers these itself.
  if (req.method === 'OPTIONS') return next();
  throw new TobiishiError('not-found', `nothing is at ${req.path}`);
};

/** The last middleware: every error leaves as a page in the visitor's language, and only unknown ones are a fault. */
export const errorPage: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const code = codeOf(error);
  if (HTTP_STATUS[code] >= 500) req.log.error({ err: error }, 'request failed');
  else req.log.debug({ err: error }, 'request refused');
  // Too late for a page: let Express cut the connection, so that half an answer is not taken for a whole one.
  if (res.headersSent) return next(error);
  const wished = req.query['lang'];
  // The session may be what failed.
  if (isLanguage(wished)) res.locals.tobiishi.words = res.locals.tobiishi.instance.words[wished];
  try {
    await sendErrorPage(req, res, code, error instanceof TobiishiError ? error.params : {});
  } catch (fault) {
    // Express would answer with the stack.
    req.log.error({ err: fault }, 'the error page failed');
    res
      .status(500)
      .type('text')
      .send(`${res.locals.tobiishi.words.t('errors.unknown.title')} (${req.id})`);
  }
};

async function sendErrorPage(req: Request, res: Response, code: PageCode, params: object): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const { t } = words;
  const status = HTTP_STATUS[code];
  const isGet = req.method === 'GET';
  const back = backTo(req, paths);
  const same = isGet && status >= 500 ? (askAgain(req, paths) ?? hereOf(req, paths)) : null;
  const again = status === 503 && req.query['still'] !== '1' ? askAgain(req, paths) : null;
  const stop = again && withQuery(again, 'still=1');
  if (status === 503) res.setHeader('Retry-After', String(ASK_AGAIN_S));
  res.setHeader('Cache-Control', 'no-store');
  const title = t(`errors.${code}.title`, { ...params });
  await sendPage(res, {
    view: 'error',
    status,
    title,
    here: same ?? (isGet ? hereOf(req, paths) : (back?.address ?? paths.home)),
    refresh: again === null ? null : { url: again, seconds: ASK_AGAIN_S },
    stop: stop === null ? null : { text: t('errors.stop'), address: stop, token: null },
    data: {
      status,
      title,
      what: t(`errors.${code}.what`, { ...params }),
      next: again ? t('errors.asksAgain', { seconds: ASK_AGAIN_S }) : t(nextKey(code, isGet), { ...params }),
      stop,
      same,
      again,
      againMs: ASK_AGAIN_S * 1000,
      requestId: status === 500 ? String(req.id) : null,
      // Not where the visitor was refused for good.
      back: code === 'run-not-found' || code === 'job-not-found' || code === 'not-found' ? null : back,
    },
  });
}

/** What was sent would be sent again by a reload. */
function nextKey(code: PageCode, isGet: boolean): string {
  return code === 'unknown' && !isGet ? 'errors.unknown.nextSent' : `errors.${code}.next`;
}

/** The address that was asked for, but for the choice of a language. */
function hereOf(req: Request, paths: Paths): string {
  const query = new URLSearchParams(/\?(.*)$/s.exec(req.originalUrl)?.[1] ?? '');
  for (const name of ['lang', '_csrf']) query.delete(name);
  const path = paths.asked(req.path);
  return query.size > 0 ? `${path}?${query}` : path;
}

/** The same page, for the same step, when asking for it again is safe and can help; never an address of another site. */
function askAgain(req: Request, paths: Paths): string | null {
  if (
    req.method !== 'GET' ||
    !/^\/(?:host|shared\/[\w-]+|runs\/[\w-]+(?:\/share|\/delete)?|jobs\/[\w-]+)?$/.test(req.path)
  )
    return null;
  const seq = req.query['seq'];
  const path = paths.asked(req.path);
  return typeof seq === 'string' && /^\d+$/.test(seq) ? `${path}?seq=${seq}` : path;
}

/** The run or form that the refused request was about. */
function backTo(req: Request, paths: Paths): { readonly address: string; readonly text: string } | null {
  const run = /^\/runs\/([\w-]+)/.exec(req.path);
  if (run?.[1]) return { address: paths.run(run[1]), text: 'errors.toRun' };
  const job: unknown =
    req.method === 'POST' && req.path === '/runs'
      ? req.body?.job
      : /^\/jobs\/([^/]+)(?:\/(?:form|preview|recipe|link|load))?$/.exec(req.path)?.[1];
  return typeof job === 'string' && /^[a-z][a-z0-9-]*$/.test(job)
    ? { address: paths.job(job), text: 'errors.toForm' }
    : null;
}

export function codeOf(error: unknown): PageCode {
  if (error instanceof TobiishiError) return error.code;
  // Express and its body parser mark what the request itself is to blame for.
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return 'too-large';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'bad-request' : 'unknown';
}
