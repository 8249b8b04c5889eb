import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { randomText } from './random.js';

/** Stands for the nonce of each answer. */
const NONCE = 'NONCE';

/**
 * Scripts and styles of our own only; the nonce is for the inline script that asks for the next step. Not here on
 * purpose: `upgrade-insecure-requests` and HSTS, which break a site served over plain http and would bind a host name
 * that may not be ours alone. A proxy that ends TLS adds HSTS where it is wanted.
 */
const headers = headersOf(
  helmet({
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'same-origin' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'", `'nonce-${NONCE}'`],
        'style-src': ["'self'"],
        // The icon of a run's tab is drawn by a script.
        'img-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'worker-src': ["'self'"],
        'manifest-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  }),
);

/** What helmet sets is the same for every answer but for the nonce: asked once, not its dozen middlewares each time. */
function headersOf(middleware: ReturnType<typeof helmet>): readonly PreparedHeader[] {
  const set: PreparedHeader[] = [];
  const setHeader = (name: string, value: string) => {
    const [before = '', after = null] = value.split(NONCE);
    set.push({ name, before, after });
  };
  const answer = { setHeader, removeHeader() {} };
  middleware({} as IncomingMessage, answer as unknown as ServerResponse, () => {});
  return set;
}

/** `after` is what follows the nonce; null in a header without one. */
interface PreparedHeader {
  readonly name: string;
  readonly before: string;
  readonly after: string | null;
}

export const securityHeaders: RequestHandler = (_req, res, next) => {
  const nonce = randomText(16, 'base64');
  res.locals.tobiishi.nonce = nonce;
  // That of an app around us would report our pages.
  res.removeHeader('Content-Security-Policy-Report-Only');
  for (const { name, before, after } of headers) res.setHeader(name, after === null ? before : before + nonce + after);
  next();
};

/** Marks every answer as ours: the worker takes one without the mark for the host's. */
export const marked: RequestHandler = (_req, res, next) => {
  res.setHeader('Tobiishi', 'page');
  next();
};

/** For a page with a frame of ours in it. */
export function allowFrames(res: Response): void {
  res.setHeader('Content-Security-Policy', `${res.getHeader('Content-Security-Policy')};frame-src 'self'`);
}

/**
 * For a stranger's page in a frame of ours: nothing of it runs, nothing is loaded or sent, it leads nowhere, and nobody
 * else may show it. Styles that it has in itself are all that works. Only what is around the frame may look into it.
 */
export function framedHeaders(res: Response): void {
  const policy = "default-src 'none';style-src 'unsafe-inline';form-action 'none';base-uri 'none'";
  res.setHeader('Content-Security-Policy', `${policy};frame-ancestors 'self';sandbox allow-same-origin`);
  res.setHeader('Cache-Control', 'no-store');
}
