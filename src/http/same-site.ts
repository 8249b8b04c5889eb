import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a form that a page of another origin sent, before there is a session. Its cookie stays behind (`SameSite`), so
 * that a session made for the answer would replace the visitor's own. `ownHosts`: names of this site besides the one that
 * was asked, which a proxy may have rewritten.
 */
export function refuseOtherSites(ownHosts: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    if (!SAFE_METHODS.has(req.method) && isFromAnotherOrigin(req, ownHosts)) {
      throw new TobiishiError('other-site', 'a form was sent by a page of another site');
    }
    next();
  };
}

/** By the browser's word, `Sec-Fetch-Site`; it is silent on plain http, where older `Origin` tells. */
function isFromAnotherOrigin(req: Request, ownHosts: readonly string[]): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = req.headers;
  if (origin === undefined) return false;
  const host = hostOf(origin);
  return host === null || ![req.headers.host, req.host, ...ownHosts].some((own) => own?.toLowerCase() === host);
}

/** Null for `null`, as a sandboxed frame says, and for whatever is no origin. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

/**
 * Refuses requests for a host name that is not ours, with 421: a page of another site whose name was made to lead here
 * would otherwise be let in (DNS rebinding). No `hosts`: any name is ours. `exempt` is a path for those who ask by address.
 */
export function refuseOtherHosts(hosts: readonly string[], exempt: string): RequestHandler {
  const known = new Set(hosts);
  return (req, _res, next) => {
    if (known.size === 0 || req.path === exempt) return next();
    // What a proxy says that was asked for, and also what it was asked by: one that says nothing hands on what the page of the
    // other site has made up.
    const hosts = [req.host, req.headers.host].map((host) => host?.toLowerCase() ?? '');
    const other = hosts.find((host) => !known.has(host) && !known.has(withoutPort(host)));
    if (other === undefined) return next();
    throw new TobiishiError('other-host', `the host ${other} is none of SITE_URL and ALLOWED_HOSTS`);
  };
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
