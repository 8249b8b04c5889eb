import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { makeWords } from '../../src/http/words.js';
import { Visitor } from '../fixtures/visitor.js';
import { type Site, startSite } from './site.js';

const report = defineJob({
  name: 'report',
  input: z.object({
    pages: z.string().default('').meta({ title: 'Pages', widget: 'textarea' }),
    depth: z.coerce.number().default(1).meta({ title: 'Depth' }),
    deep: z.boolean().default(false).meta({ title: 'All of it' }),
    same: z.boolean().default(true),
  }),
  plan: () => [1, 2],
  step: async () => ({}),
});

const secretive = defineJob({
  name: 'secretive',
  input: z.object({ key: z.string(), shop: z.string() }),
  plan: () => [1],
  step: async () => ({}),
  summary: ({ shop }) => `at ${shop}`,
});

let site: Site;
before(async () => {
  site = await startSite([report, secretive]);
});
after(() => site.close());

async function summaryOf(visitor: Visitor, path: string): Promise<string | undefined> {
  return /<span class="summary">([^<]*)</.exec(await (await visitor.get(path)).text())?.[1];
}

test('a run is told from others by what was filled in, wherever it is named', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('report', {
    pages: 'http://a.test/[1-3]\r\nhttp://b.test/',
    depth: '2',
    deep: 'on',
  });
  const summary = 'http://a.test/[1-3], http://b.test/ · Depth: 2 · All of it';
  for (const page of [path, `${path}/delete`, `${path}/share`, '/']) {
    assert.equal(await summaryOf(visitor, page), summary, page);
    assert.match(await (await visitor.get(page)).text(), /<time datetime="20[^"]+">[^<]*20\d\d/, page);
  }
  assert.ok((await (await visitor.get(path)).text()).includes(`<title>0/2 · report: ${summary} · Running`));
  const home = await (await visitor.get('/')).text();
  for (const name of ['Continue report, ', 'Delete… report, ']) assert.ok(home.includes(`${name}${summary}, `), name);
});

test('an empty form has nothing to tell, a long one is cut', async () => {
  const visitor = new Visitor(site.url);
  const short = await (await visitor.get(await visitor.start('report', { same: 'on' }))).text();
  assert.doesNotMatch(short, /class="summary"/);
  const cut = await summaryOf(visitor, await visitor.start('report', { pages: 'x'.repeat(100_000) }));
  assert.equal(cut, `${'x'.repeat(79)}…`);
});

test('a job may say itself what others may know of its runs', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('secretive', { key: 'hush', shop: 'Ito' });
  assert.equal(await summaryOf(visitor, path), 'at Ito');
  for (const page of [path, `${path}/share`, '/']) assert.doesNotMatch(await (await visitor.get(page)).text(), /hush/);
});

test('dates are written as the language does, with their zone', () => {
  const at = Date.UTC(2026, 10, 23, 13, 5);
  const words = makeWords();
  assert.match(words.en.date(at), /^Nov 2\d, 2026, \d\d:\d\d \S+$/);
  assert.match(words.ja.date(at), /^2026年11月2\d日 \d\d:\d\d \S+$/);
});
