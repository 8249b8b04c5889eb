import type { Fetcher, FetcherOptions } from './fetch.js';
import type { Permission, PermissionOptions } from './robots-permission.js';

/** What asks hosts, loaded when the first is asked: it is the greater part of the scraper, and a server may never scrape. */
export function hostsOnDemand(
  fetching: FetcherOptions,
  asking: Omit<PermissionOptions, 'fetcher'>,
): { readonly fetcher: Fetcher; readonly permission: Pick<Permission, 'crawlDelayMs'> } {
  let made: ReturnType<typeof load> | null = null;
  const load = async () => {
    const [{ createFetcher }, { Permission }] = await Promise.all([
      import('./fetch.js'),
      import('./robots-permission.js'),
    ]);
    const fetcher = createFetcher(fetching);
    return { fetcher, permission: new Permission({ ...asking, fetcher }) };
  };
  const loaded = () => {
    made ??= load();
    return made;
  };
  return {
    fetcher: {
      fetch: async (url, options) => (await loaded()).fetcher.fetch(url, options),
      fetchHop: async (url, options) => (await loaded()).fetcher.fetchHop(url, options),
      close: async () => (await made)?.fetcher.close(),
    },
    permission: { crawlDelayMs: async (url, by) => (await loaded()).permission.crawlDelayMs(url, by) },
  };
}
