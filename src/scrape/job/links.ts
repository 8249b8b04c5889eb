import { createHash } from 'node:crypto';
import { webAddress } from '../read/address.js';
import type { ScrapeInput } from './input.js';

/** Of the links to open on a page, those that may be. */
export function openedLinks(links: readonly string[], page: string, { sameSite }: ScrapeInput): string[] {
  return links.filter((link) => !sameSite || isSameSite(link, page));
}

/** The host name counts, with or without `www.`; the port does not. */
export function isSameSite(a: string, b: string): boolean {
  const site = (address: string) => webAddress(address)?.hostname.replace(/^www\./, '');
  return site(a) === site(b);
}

/** Names of sessions, and of numbers that make each address new. */
const SESSION = /^(?:[a-z]*sess(?:ion)?_?(?:id|key)?|sid|s|t|ts|_|rnd|rand|random|nocache|timestamp)$/i;

/** The same for lists that lead to the same pages, whatever session their addresses name. */
export function fingerprintOfLinks(links: readonly string[]): string {
  const hash = createHash('sha256');
  for (const link of links) {
    const url = new URL(link);
    const query = [...url.searchParams].filter(([name]) => !SESSION.test(name));
    hash.update(`${url.host}${url.pathname.replace(/;[^/]*/g, '')}?${query.join('&')}\0`);
  }
  return hash.digest('base64url').slice(0, 12);
}
