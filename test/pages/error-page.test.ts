import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { type Site, startSite, withoutSessions } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows]);
});
after(() => site.close());

/** The links of an error page by their texts, and the address that it loads by itself. */
function offered(html: string) {
  const link = (text: string) => new RegExp(`href="([^"]*)">${text}</a>`).exec(html)?.[1] ?? null;
  return {
    byItself: /http-equiv="refresh" content="3;url=([^"]*)"/.exec(html)?.[1] ?? null,
    tryAgain: link('Try again'),
    toRun: link('Back to the run'),
    toForm: link('Back to the form'),
  };
}

const withoutStore = <T>(visit: () => Promise<T>) => withoutSessions(site, visit);

test('while the store is away, each page offers what its route declares', async () => {
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  const nothing = { byItself: null, tryAgain: null, toRun: null, toForm: null };
  const again = (address: string) => ({ ...nothing, byItself: address, tryAgain: address });
  const expected = {
    '/': again('/'),
    '/host': again('/host'),
    '/host/probe?seconds=5': { ...nothing, tryAgain: '/host/probe?seconds=5' },
    '/shared/abc': again('/shared/abc'),
    '/jobs/rows': { ...again('/jobs/rows'), toForm: '/jobs/rows' },
    '/jobs/none': again('/jobs/none'),
    // For the same step, and without what else was said.
    '/runs/abc?seq=3&try=1': { ...again('/runs/abc?seq=3'), toRun: '/runs/abc' },
    '/runs/abc?seq=x': { ...again('/runs/abc'), toRun: '/runs/abc' },
    '/runs/abc/share': { ...again('/runs/abc/share'), toRun: '/runs/abc' },
    '/runs/abc/delete': { ...again('/runs/abc/delete'), toRun: '/runs/abc' },
    // A download must not begin by itself.
    '/runs/abc/rows.csv': { ...nothing, tryAgain: '/runs/abc/rows.csv', toRun: '/runs/abc' },
    '/nothing?a=1': { ...nothing, tryAgain: '/nothing?a=1' },
  };
  for (const [address, links] of Object.entries(expected)) {
    const response = await withoutStore(() => visitor.get(address));
    assert.equal(response.status, 503, address);
    assert.deepEqual(offered(await response.text()), links, address);
  }
});

test('what was sent is never sent again by a page, which leads back instead', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const away = await withoutStore(() => visitor.post(`${path}/pause`, {}));
  assert.equal(away.status, 503);
  assert.deepEqual(offered(await away.text()), { byItself: null, tryAgain: null, toRun: path, toForm: null });
  const conflict = await visitor.submit(path, `${path}/resume`);
  assert.equal(conflict.status, 409);
  assert.equal(offered(await conflict.text()).toRun, path);
  const missing = await visitor.submit(path, '/runs/abc/pause');
  assert.equal(missing.status, 404);
  assert.equal(offered(await missing.text()).toRun, null, 'not to what is not there');
});

test('an answer is in the language that its address asks for, whatever fails', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const away = await withoutStore(() => visitor.get(`${path}?lang=ja`));
  assert.equal(away.headers.get('content-language'), 'ja');
  assert.equal((await visitor.get(path)).headers.get('content-language'), 'en', 'it was not kept');
  const refused = await visitor.post('/jobs/rows/form?lang=ja', { _csrf: 'x' });
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('content-language'), 'ja');
  assert.equal((await visitor.get(path)).headers.get('content-language'), 'en', 'a refused request keeps nothing');
});

test('a form that is none of ours, or nothing at all, lacks its token, and is no fault of the server', async () => {
  const json = { 'Content-Type': 'application/json' };
  for (const init of [{}, { body: '', headers: json }, { body: '[1]', headers: json }, { body: 'text' }]) {
    assert.equal((await fetch(`${site.url}/runs`, { method: 'POST', ...init })).status, 403);
  }
});

test('a mistake of a job names the job, and what to mend only to those who work on it', async (t) => {
  const broken = defineJob({ name: 'broken', input: z.object({}), plan: () => null as never, step: async () => ({}) });
  const mend = /plan\(\) must return items/;
  for (const showsStyles of [true, false]) {
    const other = await startSite([broken], { showsStyles });
    t.after(() => other.close());
    const visitor = new Visitor(other.url);
    const refused = await visitor.submit('/jobs/broken?lang=ja', '/runs', { job: 'broken' });
    assert.equal(refused.status, 500);
    const html = await refused.text();
    assert.match(html, /ジョブ「broken」はこのままでは実行できません/);
    assert.ok(html.includes(String(refused.headers.get('x-request-id'))), 'by which it is found in the log');
    assert.equal(mend.test(html), showsStyles);
    assert.match(other.log.join(''), mend);
  }
});
