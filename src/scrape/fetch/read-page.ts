import { type Decoded, decode } from '../encoding/decode.js';
import { openDocument, type PageDocument } from '../read/document.js';
import type { Fetcher } from './fetch.js';
import type { Identity } from './identity.js';
import type { Politeness } from './politeness.js';
import { RedirectChain } from './redirects.js';

export interface LoadedPage {
  /** Where it is: its address in normal form. */
  readonly url: string;
  readonly document: PageDocument;
  readonly encoding: Decoded['encoding'];
  readonly why: Decoded['why'];
  /** The answer broke off: more should have followed. */
  readonly isCut: boolean;
}

export interface ReadPageOptions {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Takes a page that broke off on its way as far as it came; otherwise that is a failure worth another try. */
  readonly takesCut: boolean;
  readonly identity: Identity;
  /** Addresses that have redirected here before. Default: none. */
  readonly via?: readonly string[];
}

/**
 * Fetches an address and parses the page; or says where it sends its reader, in HTTP or in HTML. A redirect that comes
 * back because of a cookie that was set on the way is followed here: the address has no other step to be read in.
 */
export async function readPage(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  start: string,
  options: ReadPageOptions,
): Promise<LoadedPage | URL> {
  const { identity, via = [] } = options;
  const own = new Set([start, ...via]);
  const chain = new RedirectChain();
  let isCookieWall = false;
  for (let address = start; ; ) {
    const { changes, added } = identity;
    const result = await readHop(fetcher, address, options);
    if (!(result instanceof URL)) return own.has(result.url) ? result : new URL(result.url);
    isCookieWall ||= identity.added > added;
    const comesBack = own.has(result.href) && 'cookie' in (await identity.headersFor(result));
    if (!comesBack && !(isCookieWall && result.host === new URL(address).host)) return result;
    chain.add(address, result.href, { setCookies: identity.changes > changes });
    address = result.href;
  }
}

async function readHop(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  address: string,
  { signal, politeness, takesCut, identity, encoding: override }: ReadPageOptions,
): Promise<LoadedPage | URL> {
  const { added } = identity;
  const page = await fetcher.fetchHop(address, { signal, politeness, takesCut, identity });
  if (page instanceof URL) return page;
  const { url, isCut } = page;
  const isXml = page.kind === 'xml' || page.kind === 'xhtml';
  const { text, encoding, why } = decode(page.bytes, { charset: page.charset, override, isXml });
  const document = openDocument({ text, kind: page.kind, url, encoding, link: page.link });
  const target = document.refresh(page.refresh);
  // A page that only loads itself anew is no redirect, unless it has just set the cookie that it waits for.
  const isOwn = target?.href === url && identity.added === added;
  return target === null || isOwn ? { url, document, encoding, why, isCut } : target;
}
