import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { load } from 'cheerio';
import { Permission } from '../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../src/scrape/job/scrape.js';
import { pool } from '../fixtures/pool.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor, serve } from '../scrape/fetch/serve.js';
import { startSite } from './site.js';

const HOSTILE = `<script>alert(1)</script><base href="//elsewhere.example/"><meta http-equiv="refresh" content="3600;url=/x">
  <style>h2 { color: red }</style><link rel="stylesheet" href="/style.css"><iframe src="/frame"></iframe><object data="/o"></object>
  <svg onload="alert(2)"><script>alert(3)</script></svg><form action="/steal" id="f"><input name="parentElement" type="password"></form>`;
const SHOP = `<body onload="alert(4)">${HOSTILE}<ul>${['Assam', 'Sencha', 'Oolong']
  .map(
    (name, i) =>
      `<li class="tea"><h2><a href="/tea/${i}" onclick="alert(5)">${name}</a></h2><img src="/${i}.jpg" alt="A tin of ${name}"><p class="price">${i + 3}.50 €</p></li>`,
  )
  .join('')}</ul><a href="/?p=2">Next</a>`;

async function bench(t: TestContext, html = SHOP) {
  const server = await serve(t, (_request, response) => response.end(html));
  const fetcher = fetcherFor(t, { allowHosts: [server.host] });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const job = createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 });
  const site = await startSite([job], { answerWithinMs: 30_000 });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const typed = { job: 'scrape', urls: `${server.origin}/`, delay: '0', limit: '100' };
  const send = async (action: 'point' | 'propose', fields: Record<string, string> = {}, who = visitor) => {
    const response = await who.submit('/jobs/scrape', `/jobs/scrape/${action}`, { ...typed, ...fields });
    return { response, $: load(await response.text()) };
  };
  const opened = async () => {
    const { $ } = await send('point');
    const token = $('input[name=_page]').attr('value') ?? '';
    const response = await visitor.get($('iframe').attr('src') ?? '');
    return { $, token, response, frame: load(await response.text()) };
  };
  return { ...server, visitor, send, opened, site };
}

test('the page stands in a frame in which nothing runs, is loaded or is sent', async (t) => {
  const { opened } = await bench(t);
  const { $, response, frame } = await opened();
  assert.equal($('iframe').attr('sandbox'), 'allow-same-origin');
  const policy = response.headers.get('content-security-policy') ?? '';
  for (const part of [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    'sandbox allow-same-origin',
    "form-action 'none'",
  ])
    assert.ok(policy.split(';').includes(part), `${part} in ${policy}`);
  assert.doesNotMatch(policy, /script|img-src|connect/);
  for (const gone of [
    'script',
    'base',
    'link',
    'iframe',
    'object',
    'svg',
    'form',
    'img',
    '[src]',
    '[href]',
    '[action]',
    '[name]',
  ])
    assert.equal(frame(gone).length, 0, gone);
  assert.equal(frame('meta').length, 1, 'our own, of the encoding');
  assert.equal(frame('[onload], [onclick]').length, 0);
  assert.match(frame('[data-tobiishi-picture]').first().text(), /A tin of Assam/);
  assert.match(frame('style').text(), /h2 \{ color: red \}/, 'what the page says of its own looks');
});

test('what is pointed at comes back as the table that has it, from the page as it was opened', async (t) => {
  const { opened, send, requests } = await bench(t);
  const { frame, token } = await opened();
  const asked = requests.length;
  const price = frame('.price').last().attr('data-tobiishi');
  const { $ } = await send('propose', { _page: token, _pick: `columns:${price}` });
  const proposal = $('form.proposal');
  assert.equal(proposal.length, 1);
  assert.equal(proposal.attr('data-rows'), '3');
  const ticked = proposal.find('input[name=columns][checked]').toArray();
  assert.deepEqual(
    ticked.map(({ attribs }) => attribs['value']),
    ['price: p.price'],
  );
  const prices = frame('.price')
    .toArray()
    .map(({ attribs }) => attribs['data-tobiishi'] ?? '');
  const taken = (proposal.attr('data-taken') ?? '').split(' ');
  assert.ok(
    prices.every((number) => taken.includes(number)),
    'what is taken is shown on the page',
  );
  assert.equal(requests.length, asked, 'nothing was asked for again');
});

test('a page is its visitor’s alone, and only as long as no other one is opened', async (t) => {
  const { opened, send, site } = await bench(t);
  const { token } = await opened();
  const other = new Visitor(site.url);
  const { $ } = await send('propose', { _page: token, _pick: 'columns:3' }, other);
  assert.equal($('form.proposal').length, 0);
  assert.match($('.found .warning').text(), /no longer kept/);
  const frame = await other.get(`/jobs/scrape/frame/${token}`);
  assert.equal(frame.status, 404);
  await opened();
  const later = await send('propose', { _page: token, _pick: 'columns:3' });
  assert.match(later.$('.found .warning').text(), /no longer kept/);
});

test('it is deleted with everything else of the visitor', async (t) => {
  const { opened, visitor } = await bench(t);
  const { token } = await opened();
  assert.equal((await visitor.get(`/jobs/scrape/frame/${token}`)).status, 200);
  await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  assert.equal((await visitor.get(`/jobs/scrape/frame/${token}`)).status, 404);
});

test('numbers that mean nothing are said to be nothing', async (t) => {
  const { opened, send } = await bench(t);
  const { token, frame } = await opened();
  const title = frame('h2').attr('data-tobiishi');
  const { $ } = await send('propose', { _page: token, _pick: `next:${title}x` });
  assert.equal($('.found .warning').length, 0);
  const text = await send('propose', { _page: token, _pick: `next:${frame('.price').attr('data-tobiishi')}` });
  assert.match(text.$('.found .warning').text(), /no link/);
});

test('what is no web page is not shown, and the reason stands there', async (t) => {
  const { send } = await bench(t, '{"teas": [{"name": "Assam"}, {"name": "Sencha"}]}');
  const { $ } = await send('point');
  assert.equal($('iframe').length, 0);
  assert.match($('.found .warning').text(), /no web page/);
});
