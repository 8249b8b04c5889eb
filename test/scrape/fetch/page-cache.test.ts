import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CookieJars } from '../../../src/scrape/fetch/cookies.js';
import type { FetchOptions, Page } from '../../../src/scrape/fetch/fetch.js';
import { givenHeaders, VisitorIdentity } from '../../../src/scrape/fetch/identity.js';
import { PageCache } from '../../../src/scrape/fetch/page-cache.js';
import { contextOf } from '../../fixtures/context.js';
import { fetcherFor, politenessOf, serve } from './serve.js';

test('pages that are kept are sealed, and fetched anew when their key is gone', async (t) => {
  const { origin, host, requests } = await serve(t, (_, response) => {
    response.setHeader('set-cookie', 'session=secret-cookie');
    response.end('only for members');
  });
  const kept = new Map<string, string>();
  const context = contextOf({
    cache: async (key, _ttl, make) => {
      const text = kept.get(key) ?? (await make());
      kept.set(key, text);
      return text;
    },
    seal: (text) => btoa(text),
    unseal: (text) => atob(text),
  });
  const fetcher = fetcherFor(t, { allowHosts: [host] });
  const read = async (cache: PageCache) => {
    const given = givenHeaders({ start: null, language: '', headers: '', cookies: '', passwords: '' });
    const identity = new VisitorIdentity(new CookieJars().of(contextOf()), given);
    const options: FetchOptions = { signal: AbortSignal.timeout(10_000), politeness: politenessOf(), identity };
    const page = (await cache.fetchHop(`${origin}/`, options)) as Page;
    return [Buffer.from(page.bytes).toString(), identity.added];
  };
  const expected = ['only for members', 1];
  const sealed = new PageCache(fetcher, context);
  assert.deepEqual([await read(sealed), await read(sealed)], [expected, expected]);
  assert.equal(requests.length, 1);
  assert.doesNotMatch([...kept.values()].join(), /secret-cookie|"url"/);
  assert.deepEqual(await read(new PageCache(fetcher, { ...context, unseal: () => null })), expected);
  assert.equal(requests.length, 2);
});
