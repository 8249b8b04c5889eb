import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { TobiishiError } from '../../src/core/errors.js';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite, withoutSessions } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, failing]);
});
after(() => site.close());

test('home lists the jobs and the visitor’s runs, unfinished first, and needs no session', async () => {
  const visitor = new Visitor(site.url);
  const first = await visitor.get('/');
  assert.equal(first.headers.get('set-cookie'), null);
  assert.match(await first.text(), /href="\/jobs\/rows"[\s\S]*href="\/jobs\/failing"/);
  const unfinished = await visitor.start('rows');
  const finished = await visitor.start('rows');
  await visitor.drive(finished);
  const html = await (await visitor.get('/')).text();
  assert.ok(html.indexOf(unfinished) > 0 && html.indexOf(unfinished) < html.indexOf(finished));
});

test('healthz answers without a session, and says when the store is away', async () => {
  const well = await fetch(`${site.url}/healthz`);
  assert.equal(well.status, 200);
  assert.equal(well.headers.get('set-cookie'), null);
  assert.deepEqual(await well.json(), { status: 'ok' });
  const ping = site.store.ping;
  site.store.ping = async () => Promise.reject(new TobiishiError('store-unavailable', 'gone'));
  const away = await fetch(`${site.url}/healthz`);
  site.store.ping = ping;
  assert.equal(away.status, 503);
  assert.deepEqual(await away.json(), { status: 'store-unavailable' });
});

test('OPTIONS answers with the methods that an address knows', async () => {
  const response = await fetch(`${site.url}/runs/x`, { method: 'OPTIONS' });
  assert.equal(response.status, 200);
  assert.deepEqual((response.headers.get('allow') ?? '').split(', ').sort(), ['GET', 'HEAD', 'POST']);
});

test('the language follows the browser until the visitor chooses', async () => {
  const visitor = new Visitor(site.url);
  const japanese = { 'Accept-Language': 'fr, ja;q=0.9, en;q=0.8' };
  assert.match(await (await visitor.get('/', japanese)).text(), /<html lang="ja">/);
  assert.match(await (await visitor.get('/', { 'Accept-Language': 'fr' })).text(), /<html lang="en">/);
  assert.match(await (await visitor.get('/?lang=en', japanese)).text(), /<html lang="en">/);
  assert.match(await (await visitor.get('/', japanese)).text(), /<html lang="en">/);
  assert.match(await (await visitor.get('/nothing?lang=ja')).text(), /<html lang="ja">[\s\S]*ページが見つかりません/);
  const path = await visitor.start('rows');
  assert.match(await (await visitor.get(path)).text(), /このボタンは押さないでください/);
});

test('another language is of the same address', async () => {
  const visitor = new Visitor(site.url);
  const links = async (path: string) =>
    [...(await (await visitor.get(path)).text()).matchAll(/<a href="([^"]*)" lang="ja"/g)].map((link) => link[1]);
  assert.deepEqual(await links('/nothing?a=1&_csrf=x&lang=en'), ['/nothing?a=1&amp;lang=ja']);
  assert.deepEqual(await links('/host/probe?seconds=x'), ['/host/probe?seconds=x&amp;lang=ja']);
  // As no URL of a client's would have it.
  const [answer] = (await once(request(site.url, { path: '//a.example/x' }).end(), 'response')) as [IncomingMessage];
  assert.match(await text(answer), /href="\/a\.example\/x\?lang=ja"/);
});

test('errors are pages: not found, unreadable, too large', async () => {
  const visitor = new Visitor(site.url);
  await visitor.get('/jobs/rows');
  assert.equal((await visitor.get('/nothing')).status, 404);
  assert.equal((await visitor.get('/%E0%A4%A')).status, 400);
  const large = await visitor.post('/runs', { cell: 'x'.repeat(1_100_000) });
  assert.equal(large.status, 413);
  assert.match(await large.text(), /at most 1 MB here/);
});

test('a fault is a page with the number that is in the log, and tells nothing else', async () => {
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  const list = site.store.listRuns;
  site.store.listRuns = async () => Promise.reject(new Error('password in a message'));
  const response = await visitor.get('/');
  const forPrograms = await visitor.get('/', { Accept: 'application/json' });
  site.store.listRuns = list;
  assert.equal(response.status, 500);
  assert.equal(forPrograms.status, 500);
  assert.doesNotMatch(await forPrograms.text(), /password/);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  const html = await response.text();
  const id = response.headers.get('x-request-id') ?? '';
  assert.ok(html.includes(id));
  assert.doesNotMatch(html, /password/);
  assert.ok(site.log.some((line) => line.includes(id) && line.includes('password in a message')));
  assert.ok(
    site.log.every((line) => !line.includes('tobiishi=')),
    'no cookie is logged',
  );
  site.log.length = 0;
});

test('a store that is away is a 503 page in the language of the browser', async () => {
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  const response = await withoutSessions(site, () => visitor.get('/', { 'Accept-Language': 'ja' }));
  assert.equal(response.status, 503);
  assert.match(await response.text(), /データベースに接続できません/);
});

test('the cookie is for http alone and secure behind https; headers are small', async () => {
  const plain = await fetch(`${site.url}/jobs/rows`);
  assert.match(
    plain.headers.get('set-cookie') ?? '',
    /^tobiishi=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
  );
  const behind = await fetch(`${site.url}/jobs/rows`, { headers: { 'X-Forwarded-Proto': 'https' } });
  assert.match(behind.headers.get('set-cookie') ?? '', /; Secure/);
  const policy = plain.headers.get('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
  assert.equal(plain.headers.get('strict-transport-security'), null);
  const size = [...plain.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  assert.ok(size < 2000, `${size} bytes of headers`);
});

test('assets are named by their hash and kept for ever; without it they are asked for again', async () => {
  const html = await (await fetch(`${site.url}/`)).text();
  const style = /href="(\/style\.css\?v=[\w-]+)"/.exec(html)?.[1] ?? '';
  const kept = await fetch(site.url + style);
  assert.match(kept.headers.get('cache-control') ?? '', /immutable/);
  assert.equal(kept.headers.get('set-cookie'), null);
  assert.equal((await fetch(`${site.url}/style.css`)).headers.get('cache-control'), 'public, no-cache');
});

test('a page stays small whatever the rows hold, and nothing in them is markup', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '200', cell: '<script>𠮷</script>{{x}}$t(site.name)'.repeat(200) });
  const { response } = await visitor.drive(path);
  const html = await response.text();
  assert.ok(Buffer.byteLength(html) < 15_000, `${Buffer.byteLength(html)} bytes`);
  assert.doesNotMatch(html, /<script>𠮷/);
  assert.doesNotMatch(html, /\uFFFD/);
});

test('no view carries styles or handlers that the policy would refuse', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const address of ['/', '/jobs/rows', path, '/nothing']) {
    const html = await (await visitor.get(address)).text();
    assert.doesNotMatch(html, /\sstyle=|\son\w+=|<style/);
    assert.doesNotMatch(html, /undefined|\[object|NaN/);
  }
});
