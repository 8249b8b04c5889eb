import { type Finding, type StepContext, StepError } from '../../index.js';
import type { PoliteRequests } from '../fetch/polite-requests.js';
import { webAddress } from '../read/address.js';
import { MOST_SITEMAP_BYTES } from '../read/sitemap.js';
import type { ScrapeDeps } from './deps.js';
import { finding } from './finding.js';

/** Longer than pages are kept, which are asked for after it. */
const KEPT_MS = 5 * 60_000;
/** A sitemap has the pages of one host; of others it is enough to know some. */
const MOST_HOSTS = 100;

/** What is worth knowing of a sitemap: it can be too large to be kept. */
interface Summary {
  readonly isIndex: boolean;
  readonly count: number;
  readonly first: string | null;
  /** Pages by host. */
  readonly hosts: Readonly<Record<string, number>>;
}

export interface SitemapPreview {
  /** Its first page. */
  readonly first: string;
  readonly hosts: Readonly<Record<string, number>>;
  /** Whether there are more sitemaps beside the one that was read. */
  readonly hasMore: boolean;
}

type Deps = Pick<ScrapeDeps, 'fetcher' | 'pool'>;

interface Options extends Pick<StepContext, 'owner' | 'signal' | 'cache'> {
  readonly politeness: PoliteRequests;
}

/** Reads a sitemap, or the first of an index, and says what is in it. Throws `sitemap-empty`. */
export async function previewSitemap(
  deps: Deps,
  sitemap: string,
  options: Options,
  findings: Finding[],
): Promise<SitemapPreview> {
  let hasMore = false;
  for (let url = webAddress(sitemap.trim())?.href; url !== undefined; ) {
    const { isIndex, count, first, hosts } = await summary(deps, url, options);
    const text = isIndex ? `Sitemaps in ${url}: ${count}` : `Pages in ${url}: ${count}`;
    findings.push(finding(isIndex ? 'index' : 'sitemap', text, { url, count }, count === 0));
    if (!isIndex && first !== null) return { first, hosts, hasMore };
    hasMore ||= count > 1;
    url = isIndex && first !== null ? first : undefined;
  }
  throw new StepError('sitemap-empty', 'the sitemap lists no page', { retry: false });
}

async function summary(
  { fetcher, pool }: Deps,
  url: string,
  { owner, signal, politeness, cache }: Options,
): Promise<Summary> {
  const { host } = new URL(url);
  await politeness.admit(new URL(url));
  const text = await cache(`sitemap:${url}`, KEPT_MS + politeness.delayMs(host), async () => {
    const options = { signal, politeness, accept: 'anything', maxBytes: MOST_SITEMAP_BYTES } as const;
    const { isIndex, addresses } = await politeness.withMemory(async (memory) => {
      const page = await fetcher.fetch(url, { ...options, memory });
      return pool.run('readSitemap', [page], { owner, bytes: page.bytes, signal });
    });
    const hosts = new Map<string, number>();
    for (const address of isIndex ? [] : addresses) {
      const each = new URL(address).host;
      if (hosts.has(each) || hosts.size < MOST_HOSTS) hosts.set(each, (hosts.get(each) ?? 0) + 1);
    }
    const first = addresses[0] ?? null;
    return JSON.stringify({ isIndex, count: addresses.length, first, hosts: Object.fromEntries(hosts) });
  });
  return JSON.parse(text);
}
