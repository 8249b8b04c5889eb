import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Permission } from '../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../src/scrape/job/scrape.js';
import { pool } from '../fixtures/pool.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor } from '../scrape/fetch/serve.js';
import { startSite } from './site.js';

const TYPED = {
  urls: 'http://a.example/[1-3]\nhttp://b.example/',
  columns: '名前: h1\nlink: a@href',
  row: '.x > "y"',
  limit: '7',
  sameSite: 'true',
};

async function bench(t: TestContext) {
  const fetcher = fetcherFor(t);
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const site = await startSite([createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 })]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const submit = (action: string, fields: Record<string, string>) =>
    visitor.submit('/jobs/scrape', `/jobs/scrape/${action}`, { job: 'scrape', ...fields });
  const load = async (text: string) => {
    const page = await (await visitor.get('/jobs/scrape')).text();
    const form = new FormData();
    form.append('_csrf', /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '');
    form.append('_recipe', new Blob([text]), 'scrape-recipe.json');
    return visitor.send('/jobs/scrape/load', form);
  };
  return { visitor, submit, load };
}

function assertFilledIn(html: string): void {
  assert.match(html, /http:\/\/a\.example\/\[1-3\]\nhttp:\/\/b\.example\//);
  assert.match(html, /名前: h1\nlink: a@href/);
  assert.match(html, /value="\.x &gt; &#34;y&#34;"/);
  assert.match(html, /name="limit"[^>]*/);
  assert.match(html, /value="7"/);
  assert.match(html, /name="sameSite"[^>]* checked/);
}

test('a link brings the form back as it was', async (t) => {
  const { visitor, submit } = await bench(t);
  const response = await submit('link', TYPED);
  assert.equal(response.status, 303);
  assertFilledIn(await (await visitor.get(response.headers.get('location') ?? '')).text());
});

test('what is too long for a link is said, and kept', async (t) => {
  const { submit } = await bench(t);
  const response = await submit('link', { ...TYPED, urls: `http://a.example/${'x'.repeat(7000)}` });
  assert.equal(response.status, 422);
  assert.match(await response.text(), /too much for a link[\s\S]*x{7000}/);
});

test('a file brings the form back as it was', async (t) => {
  const { submit, load } = await bench(t);
  const saved = await submit('recipe', TYPED);
  assert.match(saved.headers.get('content-disposition') ?? '', /^attachment; filename="scrape-recipe.json"$/);
  const text = await saved.text();
  assert.deepEqual(JSON.parse(text), { tobiishi: 1, job: 'scrape', fields: TYPED });
  const loaded = await load(text);
  assert.equal(loaded.status, 200);
  assertFilledIn(await loaded.text());
});

test('a file written by hand may have numbers, yes and no, and lists; what the form lacks is named', async (t) => {
  const { load } = await bench(t);
  const urls = ['http://a.example/[1-3]', 'http://b.example/'];
  const fields = { ...TYPED, urls, limit: 7, sameSite: true, delya: 3, next: null, encoding: '' };
  const html = await (await load(JSON.stringify({ job: 'scrape', fields }))).text();
  assertFilledIn(html);
  assert.match(html, /It has no field for: delya, next\./);
  const off = await (await load(JSON.stringify({ job: 'scrape', fields: { ...TYPED, sameSite: false } }))).text();
  assert.doesNotMatch(off, /name="sameSite"[^>]* checked|no use for/);
});

for (const text of ['', 'no JSON', '[]', 'null', '{"job":"wait","fields":{}}', '{"job":"scrape","fields":7}']) {
  test(`${JSON.stringify(text)} is no recipe`, async (t) => {
    const { load } = await bench(t);
    assert.equal((await load(text)).status, 422);
  });
}

test('saving needs the token', async (t) => {
  const { visitor } = await bench(t);
  await visitor.get('/jobs/scrape');
  assert.equal((await visitor.post('/jobs/scrape/recipe', { ...TYPED, _csrf: 'x' })).status, 403);
});
