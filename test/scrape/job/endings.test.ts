import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Input } from '../../../src/core/run.js';
import { Permission } from '../../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../../src/scrape/job/scrape.js';
import { pool } from '../../fixtures/pool.js';
import { fetcherFor, serve } from '../fetch/serve.js';
import { type Crawled, crawl } from './crawl.js';

type Answer = string | { readonly status: number };

/** Crawls a site whose pages are made from their addresses, and says what the run has to say of itself. */
async function ended(t: TestContext, page: (path: string) => Answer, typed: Record<string, string>) {
  const { origin, host, requests } = await serve(t, (request, response) => {
    const answer = page(request.url ?? '');
    if (typeof answer === 'string') response.end(answer);
    else response.writeHead(answer.status).end();
  });
  const crawled = await crawl(t, { urls: `${origin}/`, ...typed }, { allowHosts: [host] });
  return { ...crawled, warnings: warningsOf(t, crawled), requests };
}

function warningsOf(t: TestContext, { run }: Crawled) {
  const fetcher = fetcherFor(t);
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const job = createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 });
  return job.warnings(run, run.input as Input).map(({ code, params }) => [code, ...Object.values(params)].join(' '));
}

const numberIn = (path: string) => Number(/p=(\d+)/.exec(path)?.[1] ?? 1);
const next = (path: string) => `<a class=next href="/?p=${numberIn(path) + 1}">next</a>`;
const texts = (rows: readonly Record<string, unknown>[]) => rows.map(({ h }) => h);

describe('a list of pages that does not end by itself', () => {
  const typed = { row: '.r', columns: 'h:', next: '.next', limit: '30' };

  it('ends where its last page is shown again', async (t) => {
    const page = (path: string) => `<i class=r>row ${Math.min(numberIn(path), 3)}</i>${next(path)}`;
    const { rows, warnings, requests } = await ended(t, page, typed);
    assert.deepEqual(texts(rows), ['row 1', 'row 2', 'row 3']);
    assert.deepEqual(warnings, ['repeated-pages 1']);
    assert.equal(requests.length, 5);
  });
  it('ends where its first page is shown for all past the end', async (t) => {
    const page = (path: string) => `<i class=r>row ${numberIn(path) <= 6 ? numberIn(path) : 1}</i>${next(path)}`;
    assert.deepEqual(
      texts((await ended(t, page, typed)).rows),
      [1, 2, 3, 4, 5, 6].map((n) => `row ${n}`),
    );
  });
  it('ends where pages are empty, but for their numbers', async (t) => {
    const page = (path: string) =>
      `${numberIn(path) < 3 ? '<i class=r>row</i>'.replace('row', path) : ''}Page ${numberIn(path)}${next(path)}`;
    const { rows, requests } = await ended(t, page, typed);
    assert.equal(rows.length, 2);
    assert.equal(requests.length, 5);
  });
  it('goes on over a page that has no rows but says something else', async (t) => {
    const page = (path: string) =>
      `${numberIn(path) === 2 ? 'An interlude' : `<i class=r>${path}</i>`}${numberIn(path) < 4 ? next(path) : ''}`;
    assert.deepEqual(texts((await ended(t, page, typed)).rows), ['/', '/?p=3', '/?p=4']);
  });
  it('ends where a list leads to the same pages under another session', async (t) => {
    const page = (path: string) =>
      path.startsWith('/item')
        ? `<b>${path}</b>`
        : `<a class=d href="/item;jsessionid=${path.length}?n=${Math.min(numberIn(path), 2)}&sid=${Math.random()}">x</a>${next(path)}`;
    const { requests } = await ended(t, page, { columns: 'h: b', next: '.next', follow: '.d', limit: '30' });
    assert.equal(requests.filter((path) => path.startsWith('/?')).length, 2);
  });
});

describe('how many pages a list has', () => {
  const typed = { row: '.r', columns: 'h:', next: '.next' };
  const isGone = (path: string) => numberIn(path) === 3;
  const pages: readonly (readonly [what: string, said: string, pages: string])[] = [
    ['by the last of its links', '<a href="/?p=2">2</a> <a href="/?p=1168">1168</a>', '2 1168'],
    ['by rel=last', '<link rel=last href="/?p=12">', '2 12'],
    ['by the choices of a list', '<select><option value="/?p=2"><option value="/?p=31"></select>', '2 31'],
    ['by the number of the page', '<p>Page 1 of 1,168</p>', '2 1168'],
    ['by the number of entries', '<p>Showing <b>1</b>–<b>20</b> of <b>1,168</b> results</p>', '2 59'],
    ['by the number of entries, in Japanese', '<p>1,168件中 1～20件を表示</p>', '2 59'],
    ['by nothing', '<a href="/2024/11/28">1168</a> from 1 to 20', '2'],
  ];
  for (const [what, said, expected] of pages) {
    it(what, async (t) => {
      const page = (path: string) => (isGone(path) ? { status: 404 } : `${said}<i class=r>${path}</i>${next(path)}`);
      const { warnings } = await ended(t, page, typed);
      const code = expected.includes(' ') ? 'failed-leading-on-of' : 'failed-leading-on';
      assert.deepEqual(warnings, [`${code} 1 ${expected}`]);
    });
  }
});

describe('what a run has not got is said', () => {
  it('a column that is empty everywhere, and pages without rows', async (t) => {
    const page = (path: string) =>
      numberIn(path) === 2
        ? `none${next(path)}`
        : `<i class=r><b>${path}</b></i>${numberIn(path) < 3 ? next(path) : ''}`;
    const { warnings } = await ended(t, page, { row: '.r', columns: 'h: b\nprice: .price\na/b: u', next: '.next' });
    assert.deepEqual(warnings, ['pages-without-rows 1', 'empty-columns price,a/b']);
  });
  it('no rows, no links, no next page', async (t) => {
    const page = () => '<p>x';
    assert.deepEqual((await ended(t, page, { row: 'li', columns: 'h:' })).warnings, ['no-rows']);
    assert.deepEqual((await ended(t, page, { columns: 'h:', follow: '.d', next: '.n' })).warnings, [
      'no-rows',
      'no-links-opened .d',
      'no-next-page .n',
    ]);
  });
  it('a page that failed and that others would have followed', async (t) => {
    const page = (path: string) => (numberIn(path) === 3 ? { status: 410 } : `<h1>${path}</h1>${next(path)}`);
    const { warnings } = await ended(t, page, { columns: 'h: h1', next: '.next' });
    assert.deepEqual(warnings, ['failed-leading-on 1 2']);
  });
  it('but not one that could lead nowhere, such as a picture', async (t) => {
    const { origin, host } = await serve(t, (request, response) => {
      if (request.url === '/a.png') response.setHeader('content-type', 'image/png');
      response.end('<h1>x</h1><a href=/a.png>a</a>');
    });
    const typed = { urls: `${origin}/`, columns: 'h: h1', follow: 'a', next: '.n' };
    const crawled = await crawl(t, typed, { allowHosts: [host] });
    assert.equal(crawled.failures[0]?.failure?.code, 'not-text');
    assert.deepEqual(warningsOf(t, crawled), ['no-pages', 'no-next-page .n']);
  });
  it('a page that only asks for cookies', async (t) => {
    const { warnings } = await ended(t, () => '<h1>Stop</h1><p>Please switch cookies on and try again.', {
      columns: 'h: h1',
    });
    assert.deepEqual(warnings, ['barrier-cookies 1']);
  });
  it('nothing, of a run that has all', async (t) => {
    const text = `<h1>Cookies</h1><p>${'How to enable cookies in your browser. '.repeat(60)}`;
    assert.deepEqual((await ended(t, () => text, { columns: 'h: h1' })).warnings, []);
  });
});
