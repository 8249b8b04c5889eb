import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import type { Row } from '../../src/core/step.js';
import { parseColumns } from '../../src/scrape/read/columns.js';
import { openDocument } from '../../src/scrape/read/document.js';
import { Visitor } from '../fixtures/visitor.js';
import { startSite } from './site.js';

/** A job that watches the lines of its form: the first word of a line is what it is known by. */
const lines = defineJob({
  name: 'lines',
  input: z.object({ topic: z.string().default('tea'), lines: z.string().default('').meta({ widget: 'textarea' }) }),
  watch: ({ topic }) => topic,
  plan: () => ['all'],
  async step(_, { input, seen, count }) {
    const rows: Row[] = input.lines
      .split('\n')
      .filter(Boolean)
      .map((line) => ({ name: line, link: `https://shop.example/?q=${encodeURIComponent(line)}&x=<1>` }));
    const known = await seen(
      rows.map((row) => ({ key: String(row['name']).split(' ')[0] ?? '', row, label: String(row['name']) })),
    );
    for (const each of known) count(`tobiishi/rows_${each}`);
    return { rows: rows.filter((_row, i) => known[i] === 'new') };
  },
});

async function bench(t: TestContext, options = {}) {
  const site = await startSite([lines], options);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const run = async (text: string) => {
    const path = await visitor.start('lines', { lines: text });
    const { response } = await visitor.drive(path);
    return { path, html: await response.text() };
  };
  return { site, visitor, run };
}

test('the page of a run leads to what is new, changed and gone', async (t) => {
  const { visitor, run } = await bench(t);
  await run('Assam 1\nOolong 2');
  const { path, html } = await run('Assam 5\nSencha 3');
  assert.match(html, new RegExp(`href="${path}/watch"`));
  const page = await (await visitor.get(`${path}/watch`)).text();
  const figures = [...page.matchAll(/<dt>([^<]+)<\/dt><dd>(\d+)<\/dd>/g)].map(([, name, count]) => `${name} ${count}`);
  assert.deepEqual(figures, ['New 1', 'Changed 1', 'The same 0', 'Gone 1']);
  assert.match(page, /<li>Oolong 2<\/li>/);
  assert.equal((await new Visitor(visitor.origin).get(`${path}/watch`)).status, 404);
});

test('a run that watches nothing offers its form as a watch', async (t) => {
  const job = defineJob({
    name: 'shop',
    input: z.object({ item: z.string(), keep: z.enum(['all', 'new']).default('all') }),
    watch: ({ item, keep }) => (keep === 'new' ? item : null),
    asWatch: { keep: 'new' },
    plan: () => ['all'],
    step: async () => ({}),
  });
  const site = await startSite([job]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const offer = async (keep: string) => {
    const { response } = await visitor.drive(await visitor.start('shop', { item: 'tea', keep }));
    return /href="([^"]+_watch=1)#f-keep"/.exec(await response.text())?.[1]?.replace('&amp;', '&');
  };
  const form = await (await visitor.get((await offer('all')) ?? '')).text();
  assert.match(form, /value="tea"/);
  assert.match(form, /<option value="new" selected/);
  assert.equal(await offer('new'), undefined);
});

test('a feed of new rows keeps its address from run to run, and is Atom', async (t) => {
  const { visitor, run } = await bench(t);
  const first = await run('Assam & <b>\nOolong \u0001');
  const feedOf = async (path: string) =>
    /value="([^"]+\/feeds\/[^"]+)"/.exec(await (await visitor.get(`${path}/watch`)).text())?.[1];
  assert.equal(await feedOf(first.path), undefined);
  await visitor.submit(`${first.path}/watch`, `${first.path}/feed`);
  const address = (await feedOf(first.path)) ?? '';
  const read = async () => {
    const response = await fetch(address);
    assert.match(response.headers.get('content-type') ?? '', /^application\/atom\+xml/);
    const text = await response.text();
    assert.ok(!text.includes('\u0001'), 'XML cannot hold it');
    const { columns } = parseColumns('title: title\nid: id\nlink: link@href\nupdated: updated');
    return openDocument({ text, kind: 'xml', url: address }).read({ row: 'entry', columns, next: '' }).rows;
  };
  const before = await read();
  assert.deepEqual(
    before.map(({ title }) => title),
    ['Assam & <b>', 'Oolong \ufffd'],
  );
  assert.equal(before[0]?.['link'], 'https://shop.example/?q=Assam%20%26%20%3Cb%3E&x=%3C1%3E');
  assert.match(String(before[0]?.['id']), /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.ok(!Number.isNaN(Date.parse(String(before[0]?.['updated']))));
  const second = await run('Sencha 3\nAssam & <b>');
  assert.equal(await feedOf(second.path), address);
  const after = await read();
  assert.deepEqual(
    after.map(({ title }) => title),
    ['Sencha 3', 'Assam & <b>', 'Oolong \ufffd'],
  );
  assert.deepEqual(
    after.slice(1).map(({ id }) => id),
    before.map(({ id }) => id),
  );
  await visitor.submit(`${second.path}/watch`, `${second.path}/unfeed`);
  assert.equal((await fetch(address)).status, 404);
});

test('what a visitor has watched goes with the visitor', async (t) => {
  const { visitor, run, site } = await bench(t);
  const { path } = await run('Assam 1');
  await visitor.submit(`${path}/watch`, `${path}/feed`);
  await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  assert.equal(await site.store.findRun(path.replace('/runs/', '')), null);
  assert.match((await run('Assam 1')).html, /1 row/);
});
