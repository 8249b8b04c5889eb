import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

const nonce: RequestHandler = (_req, res, next) => {
  res.locals.nonce = randomBytes(16).toString('base64');
  next();
};

/**
 * Scripts and styles of our own only; the nonce is for the inline script that asks for the next step. Not here on
 * purpose: `upgrade-insecure-requests` and HSTS, which break a site served over plain http and would bind a host name
 * that may not be ours alone. A proxy that ends TLS adds HSTS where it is wanted.
 */
export const securityHeaders: RequestHandler[] = [
  nonce,
  helmet({
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'same-origin' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': [
          "'self'",
          (_req, res) => `'nonce-${(res as unknown as { locals: Express.Locals }).locals.nonce}'`,
        ],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'connect-src': ["'self'"],
        'worker-src': ["'self'"],
        'manifest-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  }),
];
