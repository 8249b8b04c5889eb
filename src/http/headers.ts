import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

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
function headersOf(middleware: ReturnType<typeof helmet>): readonly (readonly [string, string])[] {
  const set: [string, string][] = [];
  const answer = { setHeader: (name: string, value: string) => set.push([name, value]), removeHeader() {} };
  middleware({} as IncomingMessage, answer as unknown as ServerResponse, () => {});
  return set;
}

export const securityHeaders: RequestHandler = (_req, res, next) => {
  const nonce = randomBytes(16).toString('base64');
  res.locals.tobiishi.nonce = nonce;
  // That of an app around us would report our pages.
  res.removeHeader('Content-Security-Policy-Report-Only');
  for (const [name, value] of headers) res.setHeader(name, value.replace(NONCE, nonce));
  next();
};

/** Marks every answer as ours: the worker takes one without the mark for the host's. */
export const marked: RequestHandler = (_req, res, next) => {
  res.setHeader('Tobiishi', 'page');
  next();
};
