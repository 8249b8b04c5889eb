import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { StepContext } from '../../index.js';
import type { Fetcher, FetchOptions, Page } from './fetch.js';
import { HeaderFields } from './header-fields.js';
import type { Identity } from './identity.js';

const KEPT_MS = 60_000;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

/** `setCookies`: what the answer set, to be set again where the page comes from here. */
type Kept = { readonly setCookies: readonly string[] } & (
  | { readonly to: string }
  | (Omit<Page, 'bytes'> & { readonly bytes: string })
);

/**
 * Fetches as `fetcher` does, and keeps what it got for a minute and the host's delay: who asks for several pages of a
 * host, and must come back for the second one, is not sent to the end of the line with the first one again. Pages are
 * sealed: one may be what only somebody who is logged in may see, and it comes with cookies.
 */
export class PageCache {
  constructor(
    private readonly fetcher: Fetcher,
    private readonly context: Pick<StepContext, 'cache' | 'seal' | 'unseal'>,
  ) {}

  async fetchHop(url: string, options: FetchOptions): Promise<Page | URL> {
    const address = new URL(url);
    const { politeness, identity } = options;
    // Asked also for pages that are kept: it knows what robots.txt makes of the delay.
    await politeness.admit(address);
    const headers = await identity?.headersFor(address);
    const fetched: (Page | URL)[] = [];
    const keptMs = (text: string) => (text === '' ? 0 : KEPT_MS + politeness.delayMs(address.host));
    const { cache, seal, unseal } = this.context;
    const text = await cache(keyOf(url, headers), keptMs, async () => {
      const setCookies: string[] = [];
      const noted = identity && { identity: noting(identity, setCookies) };
      const page = await this.fetcher.fetchHop(url, { ...options, ...noted });
      fetched.push(page);
      return isKept(page) ? seal(await pack(page, setCookies)) : '';
    });
    for (const page of fetched) return page;
    const opened = unseal(text);
    // Sealed with a key that is gone since.
    if (opened === null) return this.fetcher.fetchHop(url, options);
    const kept: Kept = JSON.parse(opened);
    await identity?.received(address, new HeaderFields(kept.setCookies.map((line) => ['set-cookie', line])));
    return unpack(kept);
  }
}

/** The same, and what is set is noted besides. */
function noting(identity: Identity, setCookies: string[]): Identity {
  return {
    get changes() {
      return identity.changes;
    },
    get added() {
      return identity.added;
    },
    headersFor: (url) => identity.headersFor(url),
    received(url, fields) {
      setCookies.push(...fields.all('set-cookie'));
      return identity.received(url, fields);
    },
  };
}

/** Addresses are longer than keys may be. A page may be another one for another reader. */
function keyOf(url: string, headers: Readonly<Record<string, string>> = {}): string {
  const hash = createHash('sha256').update(JSON.stringify([url, Object.entries(headers)]));
  return `page:${hash.digest('base64url')}`;
}

/** Packing a larger one takes longer than a page may hold up others, and twice its memory. */
const MOST_KEPT_BYTES = 1024 * 1024;

function isKept(page: Page | URL): boolean {
  return page instanceof URL || page.bytes.length <= MOST_KEPT_BYTES;
}

async function pack(page: Page | URL, setCookies: readonly string[]): Promise<string> {
  const kept: Kept =
    page instanceof URL
      ? { setCookies, to: page.href }
      : { ...page, setCookies, bytes: (await compress(page.bytes)).toString('base64') };
  return JSON.stringify(kept);
}

async function unpack(kept: Kept): Promise<Page | URL> {
  return 'to' in kept ? new URL(kept.to) : { ...kept, bytes: await decompress(Buffer.from(kept.bytes, 'base64')) };
}
