import { type PageReading, type ReadOptions, readPage } from '../read/read-page.js';
import type { Fetcher } from './fetch.js';
import type { Identity } from './identity.js';
import type { Politeness } from './politeness.js';
import { RedirectChain } from './redirects.js';

export interface LoadedPage extends PageReading {
  /** The answer broke off: more should have followed. */
  readonly isCut: boolean;
}

export interface LoadPageOptions extends Omit<ReadOptions, 'reloads'> {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** Takes a page that broke off on its way as far as it came; otherwise that is a failure worth another try. */
  readonly takesCut: boolean;
  readonly identity: Identity;
  /** Addresses that have redirected here before. Default: none. */
  readonly via?: readonly string[];
}

/**
 * Fetches an address and reads the page; or says where it sends its reader, in HTTP or in HTML. A redirect that comes
 * back because of a cookie that was set on the way is followed here: the address has no other step to be read in.
 */
export async function loadPage(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  start: string,
  options: LoadPageOptions,
): Promise<LoadedPage | URL> {
  const { identity, via = [] } = options;
  const own = new Set([start, ...via]);
  const chain = new RedirectChain();
  let isCookieWall = false;
  for (let address = start; ; ) {
    const { changes, added } = identity;
    const result = await loadHop(fetcher, address, options);
    if (!(result instanceof URL)) return own.has(result.url) ? result : new URL(result.url);
    isCookieWall ||= identity.added > added;
    const comesBack = own.has(result.href) && 'cookie' in (await identity.headersFor(result));
    if (!comesBack && !(isCookieWall && result.host === new URL(address).host)) return result;
    chain.add(address, result.href, { setCookies: identity.changes > changes });
    address = result.href;
  }
}

async function loadHop(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  address: string,
  { signal, politeness, takesCut, identity, recipe, encoding }: LoadPageOptions,
): Promise<LoadedPage | URL> {
  const { added } = identity;
  const page = await fetcher.fetchHop(address, { signal, politeness, takesCut, identity });
  if (page instanceof URL) return page;
  // A page that only loads itself anew is no redirect, unless it has just set the cookie that it waits for.
  const reading = readPage(page, { recipe, encoding, reloads: identity.added !== added });
  return 'redirect' in reading ? new URL(reading.redirect) : { ...reading, isCut: page.isCut };
}
