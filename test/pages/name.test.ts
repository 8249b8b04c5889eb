import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows]);
});
after(() => site.close());

async function nameRun(visitor: Visitor, path: string, name: string): Promise<void> {
  const response = await visitor.submit(`${path}/name`, `${path}/name`, { name });
  assert.equal(response.headers.get('location'), path);
}

test('a run’s name stands on its page, in the list, and in the names of its files', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  await nameRun(visitor, path, '  Prices: 五月/"<b>"  ');
  assert.match(await (await visitor.get(path)).text(), /<h1>Prices: 五月\/&#34;&lt;b&gt;&#34;<\/h1>/);
  assert.match(await (await visitor.get('/')).text(), /Prices: 五月/);
  const file = await visitor.get(`${path}/rows.csv`);
  const disposition = file.headers.get('content-disposition') ?? '';
  assert.match(decodeURIComponent(disposition), /filename\*=UTF-8''Prices 五月 b-[\w-]{8}\.csv/);
  assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
});

test('a name can be taken away, and is cut where it is too long', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  await nameRun(visitor, path, '石'.repeat(200));
  assert.match(await (await visitor.get(path)).text(), /<h1>石{80}<\/h1>/);
  await nameRun(visitor, path, ' ');
  assert.match(await (await visitor.get(path)).text(), /<h1>Rows<\/h1>/);
});

test('nobody else can name it', async () => {
  const path = await new Visitor(site.url).start('rows');
  const stranger = new Visitor(site.url);
  await stranger.start('rows');
  assert.equal((await stranger.get(`${path}/name`)).status, 404);
});
