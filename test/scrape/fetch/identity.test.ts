import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CookieJars } from '../../../src/scrape/fetch/cookies.js';
import { givenHeaders, VisitorIdentity, type VisitorSecrets } from '../../../src/scrape/fetch/identity.js';
import { contextOf } from '../../fixtures/context.js';

async function sentTo(address: string, given: Partial<VisitorSecrets>): Promise<Readonly<Record<string, string>>> {
  const none = { start: 'https://www.a.example/list', language: '', headers: '', cookies: '', passwords: '' };
  const identity = new VisitorIdentity(new CookieJars().of(contextOf()), givenHeaders({ ...none, ...given }));
  return identity.headersFor(new URL(address));
}

test('without anything given nothing is sent', async () => {
  assert.deepEqual(await sentTo('https://www.a.example/', {}), {});
  assert.deepEqual(await sentTo('https://www.a.example/', { start: null, headers: 'X: y', cookies: 'a=1' }), {});
});

test('headers and cookies go to the site of the first start page, and to nobody else', async () => {
  const given = { headers: 'X-Key: secret\nCookie: a=1', cookies: 'b=2', language: 'ja' };
  const own = { 'accept-language': 'ja', 'x-key': 'secret', cookie: 'a=1; b=2' };
  assert.deepEqual(await sentTo('https://www.a.example/', given), own);
  assert.deepEqual(await sentTo('https://api.a.example:8443/', given), own);
  assert.deepEqual(await sentTo('https://b.example/', given), { 'accept-language': 'ja' });
  assert.deepEqual(await sentTo('http://www.a.example/', given), { 'accept-language': 'ja' }, 'by https alone');
});

test('a cookie of a third site is not sent anywhere', async () => {
  const cookies = '.b.example\tTRUE\t/\tTRUE\t0\tsid\tx';
  for (const host of ['www.a.example', 'b.example'])
    assert.deepEqual(await sentTo(`https://${host}/`, { cookies }), {});
});

test('a password goes to its own origin, and beats no header that the visitor wrote', async () => {
  const passwords = 'http://me:pw@b.example:8080/';
  assert.deepEqual(await sentTo('http://b.example:8080/x', { passwords }), { authorization: `Basic ${btoa('me:pw')}` });
  for (const address of ['http://b.example/', 'https://b.example:8080/', 'http://c.b.example:8080/'])
    assert.deepEqual(await sentTo(address, { passwords }), {}, address);
});

test('a machine without a name of the web has its cookies, too', async () => {
  for (const host of ['localhost:8080', '127.0.0.1:8080'])
    assert.deepEqual(await sentTo(`http://${host}/x`, { start: `http://${host}/`, cookies: 'a=1' }), { cookie: 'a=1' });
});

test('what the site sets later counts, and is kept', async () => {
  const [context, jars] = [contextOf(), new CookieJars()];
  const given = givenHeaders({
    start: 'http://a.example/',
    language: '',
    headers: '',
    cookies: 'a=1; b=2',
    passwords: '',
  });
  const cookies = jars.of(context);
  const first = new VisitorIdentity(cookies, given);
  await cookies.take(new URL('http://a.example/'), ['a=new; Domain=a.example', 'b=; Max-Age=0; Domain=a.example']);
  assert.deepEqual(await first.headersFor(new URL('http://a.example/')), { cookie: 'a=new' });
  const next = new VisitorIdentity(new CookieJars().of(context), given);
  assert.deepEqual(await next.headersFor(new URL('http://a.example/')), { cookie: 'a=new' });
});
