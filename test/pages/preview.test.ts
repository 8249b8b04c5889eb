import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Permission } from '../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../src/scrape/job/scrape.js';
import { pool } from '../fixtures/pool.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor, serve } from '../scrape/fetch/serve.js';
import { startSite } from './site.js';

const LIST =
  '<ul><li><b>A</b><i>1,200円</i><li><b>B</b><i>9円</i></ul><a class=d href=/1>1</a><a rel=next href="?p=2">next</a>';

/** A Tobiishi that may fetch from a site of one list and its pages. */
async function bench(t: TestContext, { robots = '', answerWithinMs = 3000, retryAfter = '' } = {}) {
  const server = await serve(
    t,
    (request, response) => {
      if (retryAfter !== '') response.writeHead(429, { 'retry-after': retryAfter });
      if (request.url === '/gone') response.writeHead(404);
      response.end(request.url === '/1' ? '<h1>One</h1>' : LIST);
    },
    (_, response) => response.end(robots),
  );
  const fetcher = fetcherFor(t, { allowHosts: [server.host] });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const site = await startSite([createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 })], { answerWithinMs });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const typed = (fields: Record<string, string>) => {
    return { job: 'scrape', urls: `${server.origin}/`, columns: 'name: b', delay: '0', limit: '100', ...fields };
  };
  const preview = async (fields: Record<string, string>) => {
    const response = await visitor.submit('/jobs/scrape', '/jobs/scrape/preview', typed(fields));
    const html = await response.text();
    const section = /<section class="preview[^"]*"[\s\S]*?<\/section>/.exec(html)?.[0] ?? '';
    const text = (part: string) =>
      part
        .replace(/<[^>]+>/g, ' ')
        .replace(/&#34;/g, '"')
        .replace(/\s+/g, ' ')
        .trim();
    return {
      status: response.status,
      html,
      verdict: /data-verdict="(\w+)"/.exec(section)?.[1] ?? null,
      /** The buttons of what was found, the main one first. */
      buttons: [...section.matchAll(/<button( class="main")?[^>]*>([^<]*)<\/button>/g)]
        .sort(([, a], [, b]) => Number(b !== undefined) - Number(a !== undefined))
        .map(([, , label = '']) => label),
      findings: [...(section.split('</ul>')[0] ?? '').matchAll(/<li[^>]*>([\s\S]*?)<\/li>/g)].map(([, item = '']) =>
        text(item),
      ),
      cells: [
        ...section.slice(section.lastIndexOf('<table')).matchAll(/<td>(?:<a href="([^"]*)">)?(.*?)(?:<\/a>)?<\/td>/g),
      ].map(([, href, text]) => href ?? text),
    };
  };
  return { ...server, site, visitor, typed, preview };
}

test('what each selector finds is shown beside the form, and nothing is started', async (t) => {
  const { preview, origin, requests, site } = await bench(t);
  const typed = { row: 'li', columns: 'name: b\nprice: .price', next: 'a[rel=next]', delay: '0.5' };
  const { status, html, findings, cells } = await preview(typed);
  assert.equal(status, 200);
  assert.match(html, /id="job"(?:(?!<\/form>)[\s\S])*<section class="preview[^"]*"/, 'in the form, for text browsers');
  assert.deepEqual(findings, [
    `First page: ${origin}/`,
    'Encoding: utf-8, as the server says.',
    `Next page: ${origin}/?p=2`,
    'Rows found with “li”: 2',
    'Column “name”: found in 2 of 2 rows.',
    'Column “price”: nothing was found in any of 2 rows. Change “Columns”',
    'Page 2 shows the same rows as page 1. Perhaps only a script turns the pages.',
    'The run will ask for at least 2 pages, 0.5 sec apart on each host: about 1 sec. More may be found on the way, up to 100 pages in all: about 50 sec if they are on one host.',
  ]);
  assert.deepEqual(cells, [`${origin}/`, 'A', '', `${origin}/`, 'B', '']);
  assert.match(html, /value="a\[rel=next\]"/, 'what was typed is kept');
  assert.deepEqual(requests, ['/robots.txt', '/', '/?p=2']);
  assert.deepEqual(await site.store.listRuns('', 10), []);
});

test('where links are opened, the selectors are tried on the first of them', async (t) => {
  const { preview, origin } = await bench(t);
  const { findings, cells } = await preview({ follow: 'a.d', columns: 'title: h1', sameSite: 'true' });
  assert.ok(findings.includes('Links to open: 1'));
  assert.ok(findings.includes(`First of them: ${origin}/1`));
  assert.deepEqual(cells, [`${origin}/1`, 'One']);
});

test('what a host keeps waiting for is there at a later try, and nothing is asked for twice', async (t) => {
  const { preview, requests, origin } = await bench(t, { answerWithinMs: 800 });
  const tries = [];
  for (let i = 0; i < 3; i += 1) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, 1250));
    tries.push(await preview({ follow: 'a.d', columns: 'title: h1', sameSite: 'true', delay: '1.2' }));
  }
  const [robots, first, second] = tries;
  assert.match(robots?.findings[0] ?? '', /may be asked again only in [12] sec:/);
  assert.deepEqual([first?.findings[0], first?.cells], [`First page: ${origin}/`, []]);
  assert.match(first?.findings.at(-2) ?? '', /may be asked again only in [12] sec:/);
  assert.deepEqual(second?.cells, [`${origin}/1`, 'One']);
  assert.deepEqual(requests, ['/robots.txt', '/', '/1']);
});

test('a page that cannot be had is a finding, a field that is wrong is marked', async (t) => {
  const { preview, origin, host } = await bench(t, { robots: 'User-agent: *\nDisallow: /' });
  const forbidden = await preview({});
  assert.equal(
    forbidden.findings[0],
    `robots.txt of ${host} does not let Tobiishi fetch it: “Disallow: /”. Change “Start pages”`,
  );
  const wrong = await preview({ row: 'li[' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.html, new RegExp(origin));
});

test('the delay holds for previews, too: too long a wait is said instead', async (t) => {
  const { preview, requests } = await bench(t);
  const { findings } = await preview({ delay: '60' });
  assert.match(findings[0] ?? '', /may be asked again only in 1 min( 1 sec)?:/);
  assert.deepEqual(requests, ['/robots.txt']);
});

test('a host that asks to be left alone is said to, now and at the next try', async (t) => {
  const { preview, host, requests } = await bench(t, { retryAfter: '120' });
  const first = await preview({});
  assert.deepEqual(first.findings.slice(0, 1), ['The host answered with status 429.']);
  assert.equal(first.findings.at(-1), `${host} asked to be left alone for the next 2 min. Try again then.`);
  const second = await preview({});
  assert.match(second.findings[0] ?? '', /asked to be left alone for the next (2 min|1 min 5\d sec)/);
  assert.deepEqual(requests, ['/robots.txt', '/']);
});

/** The buttons that mend a field, as what they put there. */
const buttonsOf = (html: string) =>
  [...html.matchAll(/<button class="mend" name="(_mend:[^"]+)" value="([^"]+)"/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);

test('a selector that finds too little is offered as what was meant, and one press takes it', async (t) => {
  const { preview, requests } = await bench(t);
  const tried = await preview({ row: 'ul > li:nth-child(2)', columns: 'name: body ul li b' });
  assert.deepEqual(buttonsOf(tried.html), [
    ['_mend:row', 'ul &gt; li'],
    ['_mend:columns:1', 'name: b'],
  ]);
  assert.match(tried.html, /Because of “:nth-child\(2\)” it finds one element only\.[\s\S]*?found: 2, instead of 1/);
  const mended = await preview({ row: 'ul > li:nth-child(2)', '_mend:row': 'ul > li', columns: 'name: b' });
  assert.ok(mended.findings.includes('Rows found with “ul &gt; li”: 2'), mended.findings.join('\n'));
  assert.match(mended.html, /<input type="text"[^>]* value="ul &gt; li"[^>]* name="row"/);
  assert.deepEqual(requests, ['/robots.txt', '/'], 'the page is fetched once');
});

test('a selector that is none is refused with what was meant, counted on the page; text browsers can press it, too', async (t) => {
  const { preview, visitor, typed } = await bench(t);
  const fields = { row: '//li', columns: 'name: "b"\nlink: a[@href]' };
  const refused = await preview(fields);
  assert.equal(refused.status, 422);
  assert.deepEqual(buttonsOf(refused.html).slice(0, 2), [
    ['_mend:row', 'li'],
    ['_mend:columns:1', 'name: b'],
  ]);
  assert.match(refused.html, /It is XPath, and only CSS selectors are read here\./);
  assert.match(refused.html, /found in 2 of 2 rows/);
  // Their buttons lead where the form does.
  const sent = { ...typed(fields), '_mend:columns:1': 'name: b' };
  const response = await visitor.submit('/jobs/scrape', '/runs', sent);
  const html = await response.text();
  assert.equal(response.status, 422, 'the others are still wrong');
  assert.match(html, /name: b\nlink: a\[@href\]<\/textarea>/);
});

test('what was found wholly, in part and not at all look different, and so does the button to press next', async (t) => {
  const { preview } = await bench(t);
  const found = await preview({ row: 'li' });
  assert.deepEqual([found.verdict, found.buttons[0]], ['found', 'Start']);
  const partly = await preview({ row: 'li', columns: 'name: b\nprice: .price' });
  assert.deepEqual([partly.verdict, partly.buttons[0]], ['partly', 'Start']);
  assert.match(partly.html, /<button class="mend" name="_mend:columns:2" value=""[^>]*>Leave out “price”<\/button>/);
  const empty = await preview({ row: 'li', columns: 'price: .price' });
  assert.deepEqual([empty.verdict, empty.buttons[0]], ['nothing', 'Look at the page']);
  const none = await preview({ row: '.product' });
  assert.deepEqual([none.verdict, none.buttons[0]], ['nothing', 'Look at the page']);
  assert.ok(none.findings.includes('No row was found on the page with “.product”. Change “Row”'));
  const left = await preview({ row: 'li', columns: 'name: b\nprice: .price', '_mend:columns:2': '' });
  assert.equal(left.verdict, 'found');
});

test('a page that is not there, and a host that is not, are said as what they are', async (t) => {
  const { preview, origin } = await bench(t);
  const missing = await preview({ urls: `${origin}/gone` });
  assert.equal(missing.verdict, 'nothing');
  assert.match(missing.findings[0] ?? '', /^There is no such page \(404\): .*\/gone\. .*Change “Start pages”$/);
  assert.deepEqual(buttonsOf(missing.html), [['_mend:urls', `${origin}/`]]);
  const mistyped = await preview({ urls: 'https://shop.invalid/list' });
  assert.match(mistyped.findings[0] ?? '', /^There is no host named “shop\.invalid”\./);
  assert.deepEqual(buttonsOf(mistyped.html), [['_mend:urls', 'https://www.shop.invalid/list']]);
});

test('what becomes of a column is chosen beside it, shown before and after, and written into the form', async (t) => {
  const { preview } = await bench(t);
  const fields = { row: 'li', columns: 'name: b\nprice: i' };
  const plain = await preview(fields);
  assert.match(plain.html, /<select name="_end:columns:price"[^>]*>\s*<option value="" selected>As it is<\/option>/);
  const { html, cells, verdict } = await preview({
    ...fields,
    '_end:columns:price': ' | number',
    '_end:columns:name': '',
  });
  assert.equal(verdict, 'found');
  assert.match(html, /name: b\nprice: i \| number<\/textarea>/);
  assert.match(html, /<th scope="row">price<\/th>\s*<td>1,200円\n9円<\/td>\s*<td><b>1200\n9<\/b><\/td>/);
  assert.match(html, /<option value=" \| number" selected>Number<\/option>/);
  assert.deepEqual(cells.slice(-3), [cells.at(-3), 'B', '9']);
  const back = await preview({ ...fields, columns: 'price: i | match (.*) | number', '_end:columns:price': ' | trim' });
  assert.match(back.html, /price: i \| match \(\.\*\) \| trim<\/textarea>/);
});

test('the part of a cell that a pattern finds is typed beside it, and so is a column of one text', async (t) => {
  const { preview } = await bench(t);
  const fields = { row: 'li', columns: 'name: b\nprice: i | number' };
  const choices = { '_end:columns:price': ' | number', '_part:columns:price': '/?,(\\d+)円', '_part:columns:name': '' };
  const added = { '_new:columns:name': 'shop: tea', '_new:columns:text': 'Tea & Co' };
  const first = await preview({ ...fields, ...choices, ...added });
  const columns = 'name: b\nprice: i | match /\\/?,(\\d+)円/ | number\nshop tea: = Tea & Co';
  assert.match(first.html, textareaOf(columns));
  assert.match(first.html, /<th scope="row">price<\/th>\s*<td>1,200円\n9円<\/td>\s*<td><b>200\n<\/b><\/td>/);
  assert.match(first.html, /name="_part:columns:price" value="\/\?,\(\\d\+\)円"/, 'as it was typed');
  assert.doesNotMatch(first.html, /name="_end:columns:shop tea"/, 'nothing becomes of what is given');
  assert.deepEqual(first.cells.slice(-3), ['B', '', 'Tea &amp; Co']);
  const again = await preview({ ...fields, columns, ...choices, '_part:columns:price': '' });
  assert.match(again.html, textareaOf('name: b\nprice: i | number\nshop tea: = Tea & Co'));
});

function textareaOf(text: string): RegExp {
  const escaped = text.replaceAll('&', '&amp;').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${escaped}</textarea>`);
}
