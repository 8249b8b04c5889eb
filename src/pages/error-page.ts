import type { ErrorRequestHandler, Request, Response } from 'express';
import { sendJson, wantsJson } from '../http/json.js';
import { withQuery } from '../http/query.js';
import { codeOf, HTTP_STATUS, type PageCode, paramsOf, retryAfterS, whatHappened } from './errors.js';
import { askedOf } from './locals.js';
import type { Back } from './route.js';
import { sendPage } from './send.js';

interface ErrorView {
  readonly status: number;
  readonly title: string;
  readonly what: string;
  readonly next: string;
  /** The address that the page loads by itself after `againMs`, and the one that does not; null when it stays. */
  readonly again: string | null;
  readonly againMs: number;
  readonly stop: string | null;
  /** What was asked for, to try again; null where that would not help. */
  readonly same: string | null;
  readonly back: Back | null;
  /** For the operator to find it in the log. */
  readonly requestId: string | null;
}

/** The error for programs: its code, and what happened in words. */
export interface ErrorJson {
  readonly error: PageCode;
  readonly message: string;
}

/** The last middleware: every error leaves as a page in the visitor's language, and only unknown ones are a fault. */
export const errorPage: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const code = codeOf(error);
  if (HTTP_STATUS[code] >= 500) req.log.error({ err: error }, 'request failed');
  else req.log.debug({ err: error }, 'request refused');
  // Too late for a page: let Express cut the connection, so that half an answer is not taken for a whole one.
  if (res.headersSent) return next(error);
  try {
    await sendErrorPage(req, res, {
      code,
      againS: retryAfterS(error),
      params: paramsOf(error),
      what: whatHappened(res.locals.tobiishi, error),
    });
  } catch (fault) {
    // Express would answer with the stack.
    req.log.error({ err: fault }, 'the error page failed');
    res
      .status(500)
      .type('text')
      .send(`${res.locals.tobiishi.words.t('errors.unknown.title')} (${req.id})`);
  }
};

interface Refusal {
  readonly code: PageCode;
  readonly params: object;
  readonly what: string;
  /** A page that only has to wait asks again by itself after so many seconds; null when waiting does not help. */
  readonly againS: number | null;
}

async function sendErrorPage(req: Request, res: Response, { code, params, what, againS }: Refusal): Promise<void> {
  const { words, paths, matched } = res.locals.tobiishi;
  const { t } = words;
  const status = HTTP_STATUS[code];
  const isGet = req.method === 'GET';
  const asked = askedOf(req, res);
  const back = matched?.route.back?.(asked) ?? null;
  const askAgain = (isGet && matched?.route.again?.(asked)) || null;
  const same = isGet && status >= 500 ? (askAgain ?? hereOf(req, res)) : null;
  const again = againS !== null && asked.query['still'] !== '1' ? askAgain : null;
  const stop = again && withQuery(again, 'still=1');
  if (againS !== null) res.setHeader('Retry-After', String(againS));
  res.setHeader('Cache-Control', 'no-store');
  const title = t(`errors.${code}.title`, { ...params });
  if (wantsJson(req)) return sendJson(res, { error: code, message: what } satisfies ErrorJson, status);
  await sendPage<ErrorView>(res, 'error', {
    status,
    title,
    here: same ?? (isGet ? hereOf(req, res) : (back?.address ?? paths.home)),
    refresh: again === null || againS === null ? null : { url: again, seconds: againS },
    stop: stop === null ? null : { text: t('errors.stop'), address: stop, token: null },
    data: {
      status,
      title,
      what,
      next: again ? t('errors.asksAgain', { seconds: againS }) : t(nextKey(code, isGet), { ...params }),
      stop,
      same,
      again,
      againMs: (againS ?? 0) * 1000,
      requestId: status === 500 ? String(req.id) : null,
      // There is no way back to what does not exist.
      back: code === 'run-not-found' || code === 'job-not-found' ? null : back,
    },
  });
}

/** What was sent would be sent again by a reload. */
function nextKey(code: PageCode, isGet: boolean): string {
  return code === 'unknown' && !isGet ? 'errors.unknown.nextSent' : `errors.${code}.next`;
}

/** The address that was asked for, but for the choice of a language. */
function hereOf({ path, url }: Request, res: Response): string {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  for (const name of ['lang', '_csrf']) query.delete(name);
  const address = res.locals.tobiishi.paths.asked(path);
  return query.size > 0 ? `${address}?${query}` : address;
}
