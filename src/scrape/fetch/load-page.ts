import type { WorkerPool } from '../pool/worker-pool.js';
import type { Answer, Redirect } from '../read/open-answer.js';
import type { PageReading, ReadOptions } from '../read/read-page.js';
import type { Fetcher } from './fetch.js';
import type { Identity } from './identity.js';
import type { Politeness } from './politeness.js';
import { RedirectChain } from './redirects.js';

export interface LoadedPage extends PageReading {
  /** The answer broke off: more should have followed. */
  readonly isCut: boolean;
}

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** Takes a page that broke off on its way as far as it came; otherwise that is a failure worth another try. */
  readonly takesCut: boolean;
  readonly identity: Identity;
  /** Addresses that have redirected here before. Default: none. */
  readonly via?: readonly string[];
}

export interface LoadPageOptions extends LoadOptions, Omit<ReadOptions, 'reloads'> {
  /** Reads the page, as a task of `owner`. */
  readonly pool: WorkerPool;
  readonly owner: string;
}

/** Reads an answer, or says where the page sends its reader; `reloads`: its own address counts, too. */
export type ReadAnswer<T> = (answer: Answer, reloads: boolean) => Promise<T | Redirect>;

export type Loaded<T> = T & Pick<LoadedPage, 'isCut'>;

/** As `loadWith`, for a page whose rows are wanted. */
export function loadPage(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  start: string,
  { pool, owner, recipe, encoding, ...options }: LoadPageOptions,
): Promise<LoadedPage | URL> {
  const { signal } = options;
  return loadWith(fetcher, start, options, (answer, reloads) => {
    const task = { owner, bytes: answer.bytes, signal };
    return pool.run('readPage', [answer, { recipe, encoding, reloads }], task);
  });
}

/**
 * Fetches an address and reads the page; or says where it sends its reader, in HTTP or in HTML. A redirect that comes
 * back because of a cookie that was set on the way is followed here: the address has no other step to be read in.
 */
export async function loadWith<T extends { readonly url: string }>(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  start: string,
  options: LoadOptions,
  read: ReadAnswer<T>,
): Promise<Loaded<T> | URL> {
  const { identity, via = [] } = options;
  const own = new Set([start, ...via]);
  const chain = new RedirectChain();
  let isCookieWall = false;
  for (let address = start; ; ) {
    const { changes, added } = identity;
    const result = await loadHop(fetcher, address, options, read);
    if (!(result instanceof URL)) return own.has(result.url) ? result : new URL(result.url);
    isCookieWall ||= identity.added > added;
    const comesBack = own.has(result.href) && 'cookie' in (await identity.headersFor(result));
    if (!comesBack && !(isCookieWall && result.host === new URL(address).host)) return result;
    chain.add(address, result.href, { setCookies: identity.changes > changes });
    address = result.href;
  }
}

async function loadHop<T extends { readonly url: string }>(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  address: string,
  { signal, politeness, takesCut, identity }: LoadOptions,
  read: ReadAnswer<T>,
): Promise<Loaded<T> | URL> {
  const { added } = identity;
  return politeness.withMemory(async (memory) => {
    const page = await fetcher.fetchHop(address, { signal, politeness, takesCut, identity, memory });
    if (page instanceof URL) return page;
    // A page that only loads itself anew is no redirect, unless it has just set the cookie that it waits for.
    const reading = await read(page, identity.added !== added);
    return 'redirect' in reading ? new URL(reading.redirect) : { ...reading, isCut: page.isCut };
  });
}
