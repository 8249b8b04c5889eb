import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createScrapeJob } from '../../src/jobs/scrape.js';
import { Permission } from '../../src/scraping/permission.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor } from '../scraping/serve.js';
import { startSite } from './site.js';

async function bench(t: TestContext) {
  const fetcher = fetcherFor(t);
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const site = await startSite([createScrapeJob({ fetcher, permission, minDelayMs: 0 })]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const page = await (await visitor.get('/jobs/scrape')).text();
  const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const send = (fields: Record<string, string>, file: string, path = '/runs') => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ job: 'scrape', _csrf: token, urls: '', columns: 'a: b', ...fields })) {
      form.append(name, value);
    }
    form.append('urlsFile', new Blob([file]), file === '' ? '' : '一覧.csv');
    return visitor.send(path, form);
  };
  return { page, send, site };
}

test('addresses in a file become steps and stay out of the input', async (t) => {
  const { page, send, site } = await bench(t);
  assert.match(page, /enctype="multipart\/form-data"/);
  assert.match(page, /<input type="file"[^>]*name="urlsFile"/);
  const response = await send({ urls: 'http://c.example/' }, 'title,url\nA,http://a.example/\nB,http://b.example/\n');
  assert.equal(response.status, 303, await response.clone().text());
  const run = await site.store.findRun(response.headers.get('location')?.split('/').at(-1) ?? '');
  assert.equal(run?.total, 3);
  assert.deepEqual([run?.input['urls'], 'urlsFile' in (run?.input ?? {})], ['http://c.example/', false]);
});

test('a file field left empty changes nothing', async (t) => {
  const { send } = await bench(t);
  assert.equal((await send({ urls: 'http://c.example/' }, '')).status, 303);
  const nothing = await send({}, '');
  assert.equal(nothing.status, 422);
  assert.match(await nothing.text(), /Name at least one page/);
});

test('what is wrong in a file is said at its field', async (t) => {
  const { send } = await bench(t);
  const response = await send({}, 'http://a.example/\nnonsense\n');
  assert.equal(response.status, 422);
  const html = await response.text();
  assert.match(html, /Line 2 of the file: .*“nonsense”/);
  assert.match(html, /choose “一覧.csv” once more/);
});

test('a form that is too large or broken is refused with a page', async (t) => {
  const { send, site } = await bench(t);
  assert.equal((await send({}, 'x'.repeat(7 * 1024 * 1024))).status, 413);
  const broken = await fetch(`${site.url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: 'no form at all',
  });
  assert.equal(broken.status, 400);
});

test('a form with a file needs its token, too', async (t) => {
  const { send } = await bench(t);
  assert.equal((await send({ _csrf: 'another' }, 'http://a.example/')).status, 403);
});
