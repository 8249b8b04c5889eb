import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { load } from 'cheerio';
import { Permission } from '../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../src/scrape/job/scrape.js';
import { pool } from '../fixtures/pool.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor, serve } from '../scrape/fetch/serve.js';
import { startSite } from './site.js';

const SHOP = `<html><body><h1>Tea</h1><ul class="teas">${['Assam', 'Sencha', 'Oolong']
  .map(
    (name, i) =>
      `<li class="tea"><h2><a href="/tea/${i}">${name}</a></h2><p class="price">${i + 3}.50 €</p><p class="origin">Garden of ${name}, far away</p></li>`,
  )
  .join('')}</ul><a rel="next" href="/?p=2">Next</a></body></html>`;

interface Shop {
  readonly first?: string;
  /** What `/?p=2` is. */
  readonly second?: string;
  readonly answerWithinMs?: number;
}

/** A Tobiishi that may fetch from a shop, and somebody who looks at it. */
async function bench(
  t: TestContext,
  { first = SHOP, second = SHOP.replaceAll('Assam', 'Ceylon'), answerWithinMs = 30_000 }: Shop = {},
) {
  const server = await serve(t, (request, response) => {
    response.end(request.url?.includes('p=2') ? second : first);
  });
  const fetcher = fetcherFor(t, { allowHosts: [server.host] });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const site = await startSite([createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 })], {
    answerWithinMs,
  });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const propose = async (fields: Record<string, string>) => {
    const typed = { job: 'scrape', urls: `${server.origin}/`, delay: '0', limit: '100', ...fields };
    const response = await visitor.submit('/jobs/scrape', '/jobs/scrape/propose', typed);
    return { status: response.status, $: load(await response.text()) };
  };
  return { ...server, site, visitor, propose };
}

/** What the browser sends of a form when it is submitted as it stands. */
function sentBy($: ReturnType<typeof load>, form: string): URLSearchParams {
  const sent = new URLSearchParams();
  for (const input of $(form).first().find('input').toArray()) {
    const { name, value = '', type, checked } = input.attribs;
    if (name !== undefined && (type !== 'checkbox' || checked !== undefined)) sent.append(name, value);
  }
  return sent;
}

test('an address is enough: the list on its page comes as a form, which fills in the one that starts', async (t) => {
  const { propose, visitor, origin } = await bench(t);
  const { status, $ } = await propose({});
  assert.equal(status, 200);
  const proposal = $('form.proposal').first();
  assert.equal(proposal.attr('data-rows'), '3', $('.found').text());
  const sent = sentBy($, 'form.proposal');
  assert.equal(sent.get('row'), 'li.tea');
  assert.equal(sent.get('next'), 'a[rel="next"]');
  assert.equal(sent.get('urls'), `${origin}/`);
  assert.equal(sent.get('follow'), null, 'offered without a tick: the list would not be read');
  assert.deepEqual(sent.getAll('columns'), ['title: h2', 'link: a@href', 'price: p.price', 'origin: p.origin']);
  const form = load(await (await visitor.post(proposal.attr('action') ?? '', sent)).text());
  assert.equal(form('#f-row').attr('value'), 'li.tea');
  assert.equal(form('#f-columns').text().trim(), 'title: h2\nlink: a@href\nprice: p.price\norigin: p.origin');
  assert.equal(form('#f-delay').attr('value'), '0', 'what else was typed is kept');
});

test('what was found is tried on the second page, too, when there is time', async (t) => {
  const cases: [Shop, delay: string, said: RegExp][] = [
    [{}, '0', /Page 2 gives 3 rows, too/],
    [{ second: '<p>Nothing more</p>' }, '0', /Page 2 gives no row/],
    [{ second: SHOP }, '0', /the same rows as page 1/],
    [{ answerWithinMs: 2200 }, '1.2', /no time/],
  ];
  for (const [shop, delay, said] of cases) {
    const { propose, requests } = await bench(t, shop);
    const { $ } = await propose({ delay });
    assert.match($('form.proposal').first().find('ul').text(), said);
    assert.deepEqual(requests, ['/robots.txt', '/', ...(delay === '0' ? ['/?p=2'] : [])]);
  }
});

test('columns are left out and renamed, and the run is started at once', async (t) => {
  const { propose, visitor, site } = await bench(t);
  const { $ } = await propose({});
  const sent = sentBy($, 'form.proposal');
  const kept = sent.getAll('columns').filter((line) => !line.startsWith('origin'));
  sent.delete('columns');
  for (const line of kept) sent.append('columns', line);
  sent.set('_name:columns:price', 'cost: in euro');
  sent.set('_part:columns:price', '[0-9.]+');
  sent.set('_new:columns:name', 'shop');
  sent.set('_new:columns:text', 'Tea');
  const started = await visitor.post('/runs', sent);
  assert.equal(started.status, 303);
  const [run] = await site.store.listRuns(
    (await site.store.findRun(String(started.headers.get('location')?.split('/').at(-1))))?.visitorId ?? '',
    1,
  );
  assert.equal(run?.input['columns'], 'title: h2\nlink: a@href\ncost in euro: p.price | match /[0-9.]+/\nshop: = Tea');
});

test('the pages can be taken by their addresses instead of the link', async (t) => {
  const { propose, visitor, origin } = await bench(t);
  const { $ } = await propose({});
  const option = $('form.proposal input[name="_instead:urls"]');
  assert.equal(option.attr('value'), `${origin}/?p=[1-20]`);
  assert.equal(option.attr('checked'), undefined, 'the link comes first');
  const sent = sentBy($, 'form.proposal');
  sent.append('_instead:urls', option.attr('value') ?? '');
  const form = load(await (await visitor.post('/jobs/scrape/form', sent)).text());
  assert.equal(form('#f-urls').text().trim(), `${origin}/?p=[1-20]`);
});

test('a feed that the page names can be looked at in its place', async (t) => {
  const feed = '<link rel="alternate" type="application/atom+xml" title="New teas" href="/teas.atom">';
  const { propose, origin } = await bench(t, { first: feed + SHOP });
  const { $ } = await propose({});
  assert.match($('form.other').text(), /New teas/);
  assert.equal($('form.other input[name=urls]').attr('value'), `${origin}/teas.atom`);
});

test('a text of the page as an example leads to the list that it is in', async (t) => {
  const { propose } = await bench(t);
  const { $ } = await propose({ example: '4.50 €' });
  assert.equal($('form.proposal').first().find('input[name=columns]').attr('value'), 'price: p.price');
  assert.equal($('#example').attr('value'), '4.50 €');
  const missing = await propose({ example: 'coffee' });
  assert.equal(missing.$('form.proposal').length, 0);
  assert.match(missing.$('.found .warning').text(), /coffee/);
});

test('a page that its scripts make, and that has nothing else, says where to look', async (t) => {
  const { propose } = await bench(t, { first: '<body><div id="root"></div><script src="/app.js"></script>' });
  const { $ } = await propose({});
  assert.equal($('form.proposal').length, 0);
  assert.match($('.found .warning').text(), /its scripts run.*JSON.*feed/);
});

test('no address, or what is none, is said at the field; nothing is fetched', async (t) => {
  const { propose, requests } = await bench(t);
  for (const urls of ['', 'no address at all']) {
    const { status, $ } = await propose({ urls });
    assert.equal(status, 422);
    assert.equal($('#f-urls').attr('aria-invalid'), 'true');
  }
  assert.deepEqual(requests, []);
});

test('a host without its scheme is asked in https first, then in http', async (t) => {
  const { propose, host } = await bench(t);
  const { $ } = await propose({ urls: host });
  assert.equal(sentBy($, 'form.proposal').get('urls'), `http://${host}`);
});

test('the first screen asks for the address alone', async (t) => {
  const { visitor } = await bench(t);
  const $ = load(await (await visitor.get('/jobs/scrape')).text());
  assert.equal($('details.rest').attr('open'), undefined);
  assert.equal($('details.rest #f-columns').length, 1);
  assert.equal($('details.rest #f-urls').length, 0);
  assert.match($('button.main').first().attr('name') ?? '', /propose/);
});
