import type { RequestHandler } from 'express';
import type { PageDeps } from '../deps.js';

const VALID_MS = 180 * 24 * 60 * 60_000;

/** Where to report a weakness of this site (RFC 9116). */
export function securityTxt({ clock, siteUrl }: PageDeps, contact: string): RequestHandler {
  return (_req, res) => {
    const { paths } = res.locals.tobiishi;
    const lines = [
      `Contact: ${contact.includes('://') ? contact : `mailto:${contact}`}`,
      `Expires: ${new Date(clock.now() + VALID_MS).toISOString()}`,
      'Preferred-Languages: en, ja',
      ...(siteUrl === null ? [] : [`Canonical: ${siteUrl}${paths.securityTxt}`]),
    ];
    res.type('text/plain').send(`${lines.join('\n')}\n`);
  };
}
