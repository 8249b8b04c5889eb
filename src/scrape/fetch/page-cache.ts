import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { StepContext } from '../../index.js';
import type { Fetcher, FetchOptions, Page } from './fetch.js';

const KEPT_MS = 60_000;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

type Kept = { readonly to: string } | (Omit<Page, 'bytes'> & { readonly bytes: string });

/**
 * Fetches as `fetcher` does, and keeps what it got for a minute and the host's delay: who asks for several pages of a
 * host, and must come back for the second one, is not sent to the end of the line with the first one again.
 */
export class PageCache {
  constructor(
    private readonly fetcher: Fetcher,
    private readonly cache: StepContext['cache'],
  ) {}

  async fetchHop(url: string, options: FetchOptions): Promise<Page | URL> {
    const { host } = new URL(url);
    // Asked also for pages that are kept: it knows what robots.txt makes of the delay.
    await options.politeness.admit(new URL(url));
    const ttlMs = KEPT_MS + options.politeness.delayMs(host);
    const text = await this.cache(keyOf(url), ttlMs, async () => pack(await this.fetcher.fetchHop(url, options)));
    return unpack(text);
  }
}

/** Addresses are longer than keys may be. */
function keyOf(url: string): string {
  return `page:${createHash('sha256').update(url).digest('base64url')}`;
}

async function pack(page: Page | URL): Promise<string> {
  const kept: Kept =
    page instanceof URL ? { to: page.href } : { ...page, bytes: (await compress(page.bytes)).toString('base64') };
  return JSON.stringify(kept);
}

async function unpack(text: string): Promise<Page | URL> {
  const kept: Kept = JSON.parse(text);
  return 'to' in kept ? new URL(kept.to) : { ...kept, bytes: await decompress(Buffer.from(kept.bytes, 'base64')) };
}
