import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Served, serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

type Pages = Readonly<Record<string, string | { readonly to: string; readonly status?: number }>>;

/** A site of these pages; `to` redirects. */
function site(t: TestContext, pages: Pages): Promise<Served> {
  return serve(t, (request, response) => {
    const page = pages[request.url ?? ''];
    if (page === undefined) response.writeHead(404).end();
    else if (typeof page === 'string') response.end(page);
    else response.writeHead(page.status ?? 301, { location: page.to }).end();
  });
}

const titles = (rows: readonly Record<string, unknown>[]) => rows.map(({ title }) => title);

test('lists page on, and the pages that they link to give the rows', async (t) => {
  const pages = {
    '/list':
      '<h1>list</h1><a class=d href=/1>1</a><a class=d href=/2>2</a><a class=d href=/2#x>2</a><a rel=next href=/list2>',
    '/list2': '<h1>list 2</h1><a class=d href=/3>3</a><a class=d href=/1>1 again</a>',
    ...Object.fromEntries([1, 2, 3].map((n) => [`/${n}`, `<h1>${n}</h1><a class=d href=/deeper>`])),
  };
  const { origin, host, requests } = await site(t, pages);
  const typed = { urls: `${origin}/list`, next: 'a[rel=next]', follow: 'a.d' };
  const { run, rows } = await crawl(t, typed, { allowHosts: [host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(titles(rows).sort(), ['1', '2', '3']);
  assert.equal(requests.length, new Set(requests).size, 'no page is fetched twice');
});

test('links are opened as deep as asked, each page of them giving rows', async (t) => {
  const chain = Object.fromEntries(
    [0, 1, 2, 3].map((n) => [`/${n}`, `<h1>${n}</h1><a href=/${n + 1}>on</a><a href=/${Math.max(0, n - 1)}>back</a>`]),
  );
  const { origin, host } = await site(t, chain);
  const { rows } = await crawl(t, { urls: `${origin}/0`, follow: 'a', depth: '2' }, { allowHosts: [host] });
  assert.deepEqual(titles(rows), ['1', '2']);
  const none = await crawl(t, { urls: `${origin}/0`, follow: 'a', depth: '0' }, { allowHosts: [host] });
  assert.deepEqual(titles(none.rows), ['0']);
});

test('other sites are left alone, unless asked for', async (t) => {
  const far = await site(t, { '/far': '<h1>far</h1>' });
  const elsewhere = far.origin.replace('127.0.0.1', 'localhost');
  const near = await site(t, {
    '/': `<a href=/near>1</a><a href="${elsewhere}/far">2</a><a href=/away>3</a>`,
    '/near': '<h1>near</h1>',
    '/away': { to: `${elsewhere}/far` },
  });
  const allowHosts = [near.host, `localhost:${far.port}`];
  const only = await crawl(t, { urls: `${near.origin}/`, follow: 'a', sameSite: true }, { allowHosts });
  assert.deepEqual(titles(only.rows), ['near']);
  const all = await crawl(t, { urls: `${near.origin}/`, follow: 'a', sameSite: false }, { allowHosts });
  assert.deepEqual(titles(all.rows).sort(), ['far', 'near']);
  assert.deepEqual(far.requests, ['/robots.txt', '/far']);
});

test('a page that several addresses redirect to is read once, and redirects use up no pages', async (t) => {
  const { origin, host, requests } = await site(t, {
    '/a': { to: '/new' },
    '/b': { to: '/b2', status: 307 },
    '/b2': { to: '/new' },
    '/new': '<h1>new</h1>',
    '/meta': '<meta http-equiv="Refresh" content="0; url=/new">',
  });
  const urls = ['/a', '/b', '/meta', '/new'].map((path) => origin + path).join('\n');
  const { run, rows } = await crawl(t, { urls, limit: '4' }, { allowHosts: [host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(rows, [{ page: `${origin}/new`, title: 'new' }]);
  assert.equal(requests.filter((path) => path === '/new').length, 1);
  assert.equal(run.droppedCount, 0);
  // Even at the limit, what an address was moved to is read.
  const one = await crawl(t, { urls: `${origin}/a`, limit: '1' }, { allowHosts: [host] });
  assert.deepEqual(titles(one.rows), ['new']);
});

test('circles of redirects end with a failure that says so, in HTTP and in pages', async (t) => {
  const { origin, host, requests } = await site(t, {
    '/a': { to: '/b' },
    '/b': '<meta http-equiv=refresh content="1;URL=\'/a\'">',
    ...Object.fromEntries(Array.from({ length: 22 }, (_, n) => [`/${n}`, { to: `/${n + 1}` }])),
    '/self': '<h1>self</h1><meta http-equiv=refresh content="5; url=/self">',
    '/later': '<h1>later</h1><meta http-equiv=refresh content="300; url=/a">',
  });
  const urls = ['/a', '/0', '/self', '/later'].map((path) => origin + path).join('\n');
  const { run, rows, failures } = await crawl(t, { urls }, { allowHosts: [host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(titles(rows), ['self', 'later']);
  assert.deepEqual(failures.map(({ failure }) => failure?.code).sort(), ['redirect-loop', 'too-many-redirects']);
  assert.ok(!requests.includes('/21'), 'no more than twenty redirects');
});

test('a circle of redirects among pages that the run has anyway ends with one failure', async (t) => {
  const { origin, host } = await site(t, {
    '/a': { to: '/x' },
    '/x': { to: '/b' },
    '/b': { to: '/a' },
    '/c': { to: '/d' },
    '/d': '<h1>d</h1>',
  });
  const urls = ['/a', '/b', '/c', '/d'].map((path) => origin + path).join('\n');
  const { run, rows, failures } = await crawl(t, { urls }, { allowHosts: [host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(titles(rows), ['d']);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    ['redirect-loop'],
  );
});

test('a sitemap gives the pages: index, gzip, text, and its steps use up no pages', async (t) => {
  const pages = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `/p${from + i}`);
  const server = await serve(t, (request, response) => {
    const { origin } = server;
    const loc = (path: string) => `<url><loc>${origin}${path}</loc></url>`;
    const xml = (body: string) => response.setHeader('content-type', 'application/xml').end(body);
    switch (request.url) {
      case '/sitemap.xml':
        return xml(
          `<?xml version="1.0"?><sitemapindex>${['/one.xml', '/two.xml.gz', '/three.txt', '/page']
            .map((path) => `<sitemap><loc> ${origin}${path}\n</loc></sitemap>`)
            .join('')}</sitemapindex>`,
        );
      case '/one.xml':
        return xml(
          `<urlset>${pages(1, 3).map(loc).join('')}<!-- ${loc('/no')} --><url><loc><![CDATA[${origin}/p4]]></loc>` +
            `<image:image><image:loc>${origin}/no.png</image:loc></image:image></url></urlset>`,
        );
      case '/two.xml.gz':
        return response
          .setHeader('content-type', 'application/x-gzip')
          .end(gzipSync(`<s:urlset xmlns:s="x"><s:url><s:loc>${origin}/p5?a=1&amp;b=2</s:loc></s:url></s:urlset>`));
      case '/three.txt':
        return response.setHeader('content-type', 'text/plain').end(`${origin}/p6\r\n\r\n${origin}/p1\n`);
      case '/page':
        return response.end('<p>no sitemap');
      default:
        return response.end(`<h1>${request.url}</h1>`);
    }
  });
  const typed = { urls: '', sitemap: `${server.origin}/sitemap.xml`, limit: '5' };
  const { run, rows, failures } = await crawl(t, typed, { allowHosts: [server.host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(titles(rows), ['/p1', '/p2', '/p3', '/p4', '/p5?a=1&b=2']);
  assert.equal(run.droppedCount, 1);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    ['not-a-sitemap'],
  );
});

test('a large sitemap becomes items bit by bit', async (t) => {
  const server = await serve(t, (request, response) => {
    const urls = Array.from({ length: 2500 }, (_, n) => `<url><loc>${server.origin}/${n}</loc></url>`).join('');
    if (request.url === '/sitemap.xml') response.setHeader('content-type', 'text/xml').end(`<urlset>${urls}</urlset>`);
    else response.end('<h1>x</h1>');
  });
  const typed = { urls: '', sitemap: `${server.origin}/sitemap.xml`, limit: '2400' };
  const { run } = await crawl(t, typed, { allowHosts: [server.host], until: ({ seq }) => seq >= 4 });
  // The sitemap, three lists and the pages.
  assert.equal(run.total, 1 + 3 + 2400);
  assert.equal(run.droppedCount, 100);
});

test('links in the query are written in the encoding of their page, and base href counts', async (t) => {
  const { origin, host, requests } = await serve(t, (request, response) => {
    if (request.url !== '/') return void response.end('<h1>found</h1>');
    response.setHeader('content-type', 'text/html');
    const head = Buffer.from('<meta charset=euc-jp><base href="/dir/"><a rel=next href="飛?q=');
    // 飛 in the path as UTF-8 would be, and in the query as the bytes of EUC-JP.
    const path = Buffer.from(head.toString().replace('飛', '%E9%A3%9B'));
    response.end(Buffer.concat([path, Buffer.from([0xc8, 0xf4, 0xa4, 0xd3]), Buffer.from('">')]));
  });
  await crawl(t, { urls: `${origin}/`, next: 'a[rel=next]' }, { allowHosts: [host] });
  assert.deepEqual(requests.slice(2), ['/dir/%E9%A3%9B?q=%C8%F4%A4%D3']);
});

test('an encoding that the visitor names wins', async (t) => {
  const { origin, host } = await serve(t, (_, response) => {
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .end(Buffer.from([0x3c, 0x68, 0x31, 0x3e, 0x94, 0xf2]));
  });
  const { rows } = await crawl(t, { urls: `${origin}/`, encoding: 'Shift_JIS' }, { allowHosts: [host] });
  assert.deepEqual(titles(rows), ['飛']);
});

test('what is left out is counted', async (t) => {
  const index = (to: string) => `<sitemapindex><sitemap><loc>/${to}</loc></sitemap></sitemapindex>`;
  const other = await site(t, { '/': '<h1>other</h1>' });
  const { origin, host } = await site(t, {
    '/1.xml': index('2.xml'),
    '/2.xml': index('3.xml'),
    '/3.xml': index('4.xml'),
    '/': '<a href="/away">away</a><a href="http://far.example/">far</a><a href="http://far.example/#there">far, too</a>',
    '/away': { to: `${other.origin}/`.replace('127.0.0.1', 'localhost') },
  });
  const typed = { urls: `${origin}/`, sitemap: `${origin}/1.xml`, follow: 'a' };
  const { run, rows } = await crawl(t, typed, { allowHosts: [host] });
  assert.deepEqual(rows, []);
  assert.equal(run.stats['tobiishi/dropped_sitemaps'], 1);
  assert.equal(run.stats['offsite/filtered'], 2, 'a link to another site, and a redirect');
});
