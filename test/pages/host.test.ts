import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TobiishiError } from '../../src/core/errors.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { deferred, jobOf } from '../fixtures/engine.js';
import { until } from '../fixtures/patience.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { rows, slow, working } from './jobs.js';
import { type Site, startSite } from './site.js';

/** Its one step is at work until `finish`. */
const finish = deferred();
const held = { ...jobOf(1, { step: () => finish.promise.then(() => ({})) }), name: 'held' };

let site: Site;
before(async () => {
  site = await startSite([rows, slow, working, held], { maxWorking: 1 });
});
after(() => site.close());

/** Header lines as they are on the wire. */
function headerBytes(response: Response): number {
  return [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

test('every answer is marked as ours, a host’s page never is', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const address of ['/', '/nothing', '/healthz', path, `${path}?seq=x`, `${path}/rows.csv`, '/runs/nobody']) {
    const response = await visitor.get(address);
    assert.equal(response.headers.get('tobiishi'), 'page', address);
    await response.body?.cancel();
  }
});

test('the headers of every answer fit where proxies put them', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { cell: 'x'.repeat(500_000) });
  // A session that has seen many runs.
  for (let i = 0; i < 9; i += 1) await visitor.drive(await visitor.start('rows'));
  for (const address of [
    '/',
    '/jobs/rows',
    '/host',
    path,
    `${path}?seq=0`,
    `${path}/rows.csv`,
    '/nothing',
    '/service-worker.js',
  ]) {
    const response = await visitor.get(address, { 'X-Forwarded-Proto': 'https' });
    assert.ok(headerBytes(response) < 4096, `${address}: ${headerBytes(response)} bytes`);
    await response.body?.cancel();
  }
});

test('the worker carries both languages and the style, is asked for again, and can be switched off', async () => {
  const response = await fetch(`${site.url}/service-worker.js`);
  assert.equal(response.headers.get('cache-control'), 'no-cache');
  assert.match(response.headers.get('content-type') ?? '', /javascript/);
  const script = await response.text();
  assert.match(script, /The host did not answer/);
  assert.match(script, /サーバーが応答しませんでした/);
  assert.match(script, /"patienceMs":3500/);
  assert.match(await (await fetch(`${site.url}/`)).text(), /src="\/register\.js\?v=/);
  const off = await startSite([rows], { serviceWorker: false });
  assert.match(await (await fetch(`${off.url}/service-worker.js`)).text(), /unregister/);
  assert.doesNotMatch(await (await fetch(`${off.url}/`)).text(), /register\.js/);
  await off.close();
});

test('past the most runs at work, a 503 page asks again for the same step; nothing is executed', async () => {
  const visitor = new Visitor(site.url);
  const [busy, other] = [await visitor.start('held'), await visitor.start('working', { ms: '20' })];
  const working = visitor.get(`${busy}?seq=0`);
  await until('a step is at work', () => site.driver.load.working === 1);
  const response = await visitor.get(`${other}?seq=0`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '3');
  assert.deepEqual(runHeader(response), { status: 'running', seq: 0, total: 3 });
  assertAsksAgain(await response.text(), `${other}?seq=0`);
  finish.resolve();
  assert.equal((await working).status, 200);
  await until('no step is', () => site.driver.load.working === 0);
  assert.equal(runHeader(await visitor.get(`${other}?seq=0`)).seq, 1);
  for (const path of [busy, other]) await visitor.drive(path);
});

test('a store that is away: 503 pages that ask again for the same step, and the run goes on afterwards', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '20' });
  const store: Record<string, unknown> = site.store as never;
  // By its method, and which of its calls fails: a step is claimed by the first change, and recorded by the second.
  const failing = [
    ['findRun', 1],
    ['change', 1],
    ['listUpcoming', 1],
    ['listRuns', 1],
    ['change', 2],
  ] as const;
  for (const [method, nth] of failing) {
    const { seq } = runHeader(await visitor.get(path));
    const before = store[method] as (...all: unknown[]) => Promise<unknown>;
    let calls = 0;
    store[method] = async (...all: unknown[]) => {
      calls += 1;
      if (calls >= nth) throw new TobiishiError('store-unavailable', 'gone');
      return before.apply(site.store, all);
    };
    const address = method === 'listRuns' ? '/' : `${path}?seq=${seq}`;
    const response = await visitor.get(address);
    store[method] = before;
    assert.equal(response.status, 503, `${method} ${nth}`);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('tobiishi'), 'page');
    assertAsksAgain(await response.text(), address);
  }
  site.log.length = 0;
});

test('a session store that is disconnected is a 503, not a run that does not exist', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  // One that has its sessions at hand is never disconnected.
  Object.assign(site.sessionStore, { open: () => null });
  site.sessionStore.emit('disconnect');
  const response = await visitor.get(`${path}?seq=0`);
  const posted = await visitor.post(`${path}/pause`, {});
  site.sessionStore.emit('connect');
  Reflect.deleteProperty(site.sessionStore, 'open');
  assert.equal(response.status, 503);
  assertAsksAgain(await response.text(), `${path}?seq=0`);
  assert.equal(posted.status, 503);
  assert.doesNotMatch(await posted.text(), /location\.replace|http-equiv/, 'what was sent is not sent again');
  assert.ok(runHeader(await visitor.get(`${path}?seq=0`)).seq > 0, 'it goes on');
  site.log.length = 0;
});

test('a page that asks again says how to stop that before all else, and stays when it was stopped', async () => {
  const list = site.store.listRuns;
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  site.store.listRuns = async () => Promise.reject(new TobiishiError('store-unavailable', 'gone'));
  const asking = await (await visitor.get('/')).text();
  const stopped = await (await visitor.get('/?still=1')).text();
  site.store.listRuns = list;
  assert.match(asking, /<main[^>]*>(?:(?!<a )[\s\S])*<a class="button" id="stop" href="\/\?still=1"/);
  assert.match(asking, /<body>\s*<header>\s*<a [^>]*id="stop-first" href="\/\?still=1"/);
  assert.doesNotMatch(stopped, /location\.replace|http-equiv|id="stop/);
  assert.match(stopped, /href="\/">Try again/);
  site.log.length = 0;
});

test('no address makes an error page lead to another site', async () => {
  const list = site.store.listRuns;
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  site.store.listRuns = async () => Promise.reject(new TobiishiError('store-unavailable', 'gone'));
  const html = await (await visitor.get('/?seq=//evil.example/&next=//evil.example')).text();
  site.store.listRuns = list;
  assert.doesNotMatch(html, /evil/);
  assertAsksAgain(html, '/');
  site.log.length = 0;
});

test('a visitor’s own pages say what limit was seen, after two reports that agree; senseless ones are ignored', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '20' });
  const ask = async (query: string) => (await visitor.get(`${path}?seq=0&try=1&${query}`)).text();
  const senseless = ['cut=504&after=-1', 'cut=x&after=1000', 'cut=504&after=1e3', 'cut=9&after=1000', 'cut=504'];
  for (const query of senseless) assert.doesNotMatch(await ask(query), /seems to cut/);
  assert.doesNotMatch(await ask('cut=504&after=60001'), /seems to cut/, 'longer than since the request before');
  assert.doesNotMatch(await ask('cut=504&after=1000'), /seems to cut/);
  assert.match(await ask('cut=504&after=1001'), /seems to end requests after about 1 sec/);
  assert.match(await (await visitor.get('/host')).text(), /about 1 sec/);
  const other = new Visitor(site.url);
  await other.start('slow', { ms: '20' });
  assert.doesNotMatch(await (await other.get('/host')).text(), /about 1 sec/, 'it is the visitor’s alone');
  await visitor.drive(path);
});

test('a probe is held for one of the times there are, and only so many at once', async (t) => {
  const clock = new FrozenClock();
  const after = t.mock.method(clock, 'after');
  const site = await startSite([rows], { clock });
  t.after(() => site.close());
  for (const wrong of ['', '?seconds=1', '?seconds=5.0', '?seconds=5&seconds=10', '?seconds=100000']) {
    assert.equal((await fetch(`${site.url}/host/probe${wrong}`)).status, 400, wrong);
  }
  const gone = new AbortController();
  let isHeld = true;
  const first = fetch(`${site.url}/host/probe?seconds=5`).finally(() => {
    isHeld = false;
  });
  const others = Array.from({ length: 9 }, () => fetch(`${site.url}/host/probe?seconds=125`, { signal: gone.signal }));
  const left = Promise.allSettled(others);
  const isHolding = ({ arguments: [ms] }: { arguments: unknown[] }) => ms === 5000 || ms === 125_000;
  await until('all are held', () => after.mock.calls.filter(isHolding).length === 10);
  const refused = await fetch(`${site.url}/host/probe?seconds=5`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('tobiishi'), 'page');
  await clock.advance(4999);
  await (await fetch(`${site.url}/healthz`)).text();
  assert.ok(isHeld);
  await clock.advance(1);
  const came = await first;
  assert.equal(came.status, 200);
  assert.match(await came.text(), /held for 5 sec/);
  gone.abort();
  await left;
});

function assertAsksAgain(html: string, address: string): void {
  assert.ok(html.includes(`content="3;url=${address}"`), `no refresh to ${address}: ${html}`);
  assert.ok(html.includes(`location.replace("${address}")},3000)`), `no script to ${address}`);
}
