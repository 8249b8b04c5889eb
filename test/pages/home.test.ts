import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Clock } from '../../src/core/clock.js';
import { systemClock } from '../../src/core/clock.js';
import { Visitor } from '../fixtures/visitor.js';
import { polite, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

/** Ahead of the real one by so much. */
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };

let site: Site;
before(async () => {
  site = await startSite([rows, polite], { clock });
});
after(() => site.close());

const listed = (html: string) => [...html.matchAll(/<tr id="([\w-]+)">/g)].map(([, id]) => `/runs/${id}`);
const home = async (visitor: Visitor, query = '') => (await visitor.get(`/${query}`)).text();

test('runs are found by their words and their status, past those that the page shows', async () => {
  const visitor = new Visitor(site.url);
  assert.doesNotMatch(await home(visitor), /type="search"/);
  const wanted = await visitor.start('rows', { cell: 'a Needle in the hay' });
  await visitor.drive(wanted);
  for (let i = 0; i < 24; i += 1) await visitor.drive(await visitor.start('rows', { count: '1', cell: `straw ${i}` }));
  const paused = await visitor.start('rows', { cell: 'straw that rests' });
  await visitor.submit(paused, `${paused}/pause`);
  const all = await home(visitor);
  assert.equal(listed(all).length, 20);
  assert.ok(!listed(all).includes(wanted));
  const older = /href="([^"]+)">6 more runs</.exec(all)?.[1] ?? '';
  const rest = await (await visitor.get(older.replaceAll('&amp;', '&'))).text();
  assert.equal(listed(rest).length, 6);
  assert.ok(listed(rest).includes(wanted));
  assert.deepEqual(listed(await home(visitor, '?q=needle+rows')), [wanted]);
  assert.deepEqual(listed(await home(visitor, '?status=paused&q=straw')), [paused]);
  assert.match(await home(visitor, '?q=nothing+like+it'), /No run matches/);
  assert.match(await home(visitor, '?q=%22%3E%3Cscript%3E&status=x'), /value="&#34;&gt;&lt;script&gt;"/);
});

test('a running run says what is going on with it', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('polite');
  assert.match(await home(visitor), /class="chip running">Running</);
  for (const seq of [0, 1]) await (await visitor.get(`${path}?seq=${seq}`)).text();
  assert.match(await home(visitor), /Waiting for its turn/);
  aheadMs = 10 * 60_000;
  assert.match(await home(visitor), /class="chip waiting">Waiting for its page</);
  aheadMs = 0;
});

test('a few seconds after it was asked for last, a run waits for its page', async () => {
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  aheadMs = 4000;
  assert.match(await home(visitor), /class="chip running">/);
  aheadMs = 6000;
  assert.match(await home(visitor), /class="chip waiting">Waiting for its page</);
  aheadMs = 0;
});

test('where the server goes on with runs, they wait for their page only if their owner wants it so', async (t) => {
  const other = await startSite([rows], { clock, background: true });
  t.after(() => other.close());
  const visitor = new Visitor(other.url);
  const kept = await visitor.start('rows');
  aheadMs = 6000;
  assert.doesNotMatch(await home(visitor), /Waiting for its page/);
  assert.equal((await other.store.findRun(kept.slice('/runs/'.length)))?.background, true);
  aheadMs = 0;
  await visitor.start('rows', { _background: 'off' });
  aheadMs = 6000;
  assert.match(await home(visitor), /Waiting for its page/);
  aheadMs = 0;
  assert.match(await (await visitor.get('/jobs/rows')).text(), /name="_background" value="on" checked/);
  assert.doesNotMatch(await (await new Visitor(site.url).get('/jobs/rows')).text(), /_background/);
});
