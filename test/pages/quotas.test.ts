import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { startSite } from './site.js';

type Options = NonNullable<Parameters<typeof startSite>[1]>;

async function siteWith(t: TestContext, options: Options) {
  const site = await startSite([rows], { paceMs: 1000, answerWithinMs: 3000, ...options });
  t.after(() => site.close());
  return site;
}

const press = (visitor: Visitor) => visitor.submit('/jobs/rows', '/runs', { job: 'rows', cell: 'typed' });
const MUCH = Number.MAX_SAFE_INTEGER;

test('a visitor of whom much is kept is told to delete something, and then may start again', async (t) => {
  const quotas = { visitorBytes: 10_000, networkBytes: MUCH, allBytes: MUCH };
  const site = await siteWith(t, { quotas });
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '50', cell: 'x'.repeat(300) });
  await visitor.drive(path);
  const refused = await press(visitor);
  assert.equal(refused.status, 422);
  const html = await refused.text();
  assert.match(html, /Your runs take 0 MB here[\s\S]*delete some runs/);
  assert.match(html, />\ntyped<\/textarea>/, 'the form is as it was filled in');
  assert.equal((await press(new Visitor(site.url))).status, 303, 'others may');
  await visitor.submit(`${path}/delete`, `${path}/delete`);
  assert.equal((await press(visitor)).status, 303);
});

test('on a disk that is nearly full nothing new starts, and what runs goes on', async (t) => {
  const disk = { low: false, isLow: async () => disk.low };
  const site = await siteWith(t, { disk });
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '5' });
  disk.low = true;
  const refused = await press(visitor);
  assert.equal(refused.status, 507);
  assert.equal(refused.headers.get('retry-after'), '600');
  assert.match(await refused.text(), /as much as it can[\s\S]*>\ntyped<\/textarea>/);
  const health = await fetch(`${site.url}/healthz`);
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok', disk: 'low' }]);
  const { seen } = await visitor.drive(path);
  assert.equal(seen.at(-1), 5);
});
