/**
 * A web address as this program uses it: the URL standard's normal form without fragment and without credentials,
 * nothing else merged. Null when it is no address, or neither http nor https.
 */
export function webAddress(text: string, base?: string): URL | null {
  if (!URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url;
}
