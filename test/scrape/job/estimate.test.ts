import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, type Known } from '../../../src/scrape/job/estimate.js';
import { scrapeInput } from '../../../src/scrape/job/input.js';
import { parseAddresses } from '../../../src/scrape/read/addresses.js';

const NOTHING: Known = { sitemap: null, next: undefined, links: null, details: null };
const SITEMAP = { first: 'http://a/1', hosts: { a: 7, b: 2 }, hasMore: false };
const [ONE, TWO] = ['http://a/', 'http://a/\nhttp://b/'];

/** As "code count seconds", with the most seconds where more may be found. */
async function said(typed: object, known: Partial<Known> = {}, delays: Record<string, number> = {}): Promise<string[]> {
  const input = scrapeInput(0).parse({ columns: 'a: b', delay: 2, ...typed });
  const starts = { typed: parseAddresses(input.urls), listed: null };
  const findings = await estimate(input, starts, { ...NOTHING, ...known }, (host) => delays[host] ?? 2000);
  return findings.map(({ code, params: { count, timeMs, mostMs } }) => {
    const seconds = timeMs === undefined ? '' : ` ${Number(timeMs) / 1000}`;
    return `${code} ${count}${seconds}${code.startsWith('estimate-open') ? ` ${Number(mostMs) / 1000}` : ''}`;
  });
}

const CASES: readonly (readonly [says: string, typed: object, known: Partial<Known>, expected: readonly string[]])[] = [
  ['a list on two hosts', { urls: 'http://a/[1-3]\nhttp://b/' }, {}, ['estimate 4 6']],
  ['a list past the limit', { urls: 'http://a/[1-30]', limit: 10 }, {}, ['estimate 10 20', 'past-limit 20']],
  ['a next page', { urls: ONE, next: 'a' }, { next: 'http://a/2' }, ['estimate-open 2 4 200']],
  ['no next page after all', { urls: ONE, next: 'a' }, { next: null }, ['estimate 1 2']],
  ['no next page on one of two', { urls: TWO, next: 'a' }, { next: null }, ['estimate-open 2 2 200']],
  [
    'a next page past the limit',
    { urls: ONE, next: 'a', limit: 1 },
    { next: 'http://a/2' },
    ['estimate 1 2', 'past-limit 1'],
  ],
  ['links to open', { urls: ONE, follow: 'a' }, { links: ['http://a/1', 'http://b/1'] }, ['estimate 3 4']],
  ['links to themselves', { urls: ONE, follow: 'a' }, { links: ['http://a/', 'http://a/1'] }, ['estimate 2 4']],
  ['links two deep', { urls: ONE, follow: 'a', depth: 2 }, { links: ['http://a/1'] }, ['estimate-open 2 4 200']],
  ['no links, two deep', { urls: ONE, follow: 'a', depth: 2 }, { links: [] }, ['estimate 1 2']],
  ['links of two pages', { urls: TWO, follow: 'a' }, { links: ['http://a/1'] }, ['estimate-open 3 4 200']],
  [
    'links, and pages that page on',
    { urls: ONE, follow: 'a', next: 'b' },
    { links: ['http://a/1'], next: null },
    ['estimate-open 2 4 200'],
  ],
  ['links not looked at', { urls: ONE, follow: 'a' }, {}, ['estimate-open 1 2 200']],
  ['links not to be opened', { urls: ONE, follow: 'a', depth: 0 }, {}, ['estimate 1 2']],
  [
    'the pages of rows, of which two are one',
    { urls: ONE, detail: 'a', columns: 'a: detail: b' },
    { details: ['http://b/1', 'http://b/1'] },
    ['estimate 3 4'],
  ],
  [
    'the pages of rows of two lists',
    { urls: TWO, detail: 'a', columns: 'a: detail: b' },
    { details: ['http://b/1'] },
    ['estimate-open 3 4 200'],
  ],
  ['a sitemap', { sitemap: ONE }, { sitemap: SITEMAP }, ['estimate 9 14']],
  ['an index of sitemaps', { sitemap: ONE }, { sitemap: { ...SITEMAP, hasMore: true } }, ['estimate-open 9 14 200']],
  ['a sitemap that was not read', { sitemap: ONE }, {}, ['estimate-unknown 0 0']],
  ['a sitemap beside a list', { urls: ONE, sitemap: ONE }, {}, ['estimate-open 1 2 200']],
];

for (const [says, typed, known, expected] of CASES) {
  test(`${says}: ${expected}`, async () => assert.deepEqual(await said(typed, known), expected));
}

test('the slowest host counts, and one that asks for more than the visitor', async () => {
  const urls = 'http://a/[1-4]\nhttp://b/[1-2]';
  assert.deepEqual(await said({ urls }, {}, { b: 60_000 }), ['estimate 6 120']);
  assert.deepEqual(await said({ urls }, {}, { a: 0, b: 0 }), ['estimate-no-delay 6 0']);
});

test('columns that are left empty have one fault', () => {
  const result = scrapeInput(0).safeParse({ urls: 'http://a.example/', columns: '' });
  assert.equal(result.error?.issues.length, 1);
});
