import { encodedQuery } from '../encoding/encode.js';

/** Longer than servers take: https://www.rfc-editor.org/rfc/rfc9110#section-4.1 asks for 8,000 at least. */
export const LONGEST_ADDRESS = 8192;

/**
 * A web address as this program uses it: the URL standard's normal form without fragment and without credentials,
 * nothing else merged. Null when it is no address, or neither http nor https. `encoding` is that of the page the
 * address stands on, which decides how its query is written.
 */
export function webAddress(text: string, base?: string, encoding = 'utf-8'): URL | null {
  if (text.length > LONGEST_ADDRESS) return null;
  const url = resolve(text, base, encoding);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return null;
  // Each of these writes the whole address anew, and lists have a hundred thousand.
  if (url.href.includes('#')) url.hash = '';
  if (url.username !== '') url.username = '';
  if (url.password !== '') url.password = '';
  return url.href.length > LONGEST_ADDRESS ? null : url;
}

/** An address of any kind, as written on a page of that encoding; null when it is none. */
export function resolve(text: string, base: string | undefined, encoding: string): URL | null {
  try {
    // Not URL.canParse, which Node 20 gets wrong for names with letters of Latin-1 once it has been called often.
    return new URL(encodedQuery(text, encoding), base);
  } catch {
    return null;
  }
}
