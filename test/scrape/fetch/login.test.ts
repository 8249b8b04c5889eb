import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { CookieJars } from '../../../src/scrape/fetch/cookies.js';
import { givenHeaders, VisitorIdentity } from '../../../src/scrape/fetch/identity.js';
import { Login } from '../../../src/scrape/fetch/login.js';
import { FrozenClock } from '../../../src/testing/frozen-clock.js';
import { contextOf } from '../../fixtures/context.js';
import { pool } from '../../fixtures/pool.js';
import { failsWith, fetcherFor, politenessOf, serve } from './serve.js';

const FORM = '<form method=post action=/in><input name=user><input type=password name=pass></form>';
const NOBODY = givenHeaders({ start: null, language: '', headers: '', cookies: '', passwords: '' });

async function loginAt(t: TestContext, handle: RequestListener, names: readonly string[] = []) {
  const server = await serve(t, handle);
  const clock = new FrozenClock();
  const context = contextOf({ clock });
  const options = {
    fetcher: fetcherFor(t, { allowHosts: [server.host, ...names.map((name) => `${name}:${server.port}`)] }),
    pool,
    politeness: politenessOf({ admit: () => assert.fail('robots.txt is not asked') }),
    identity: new VisitorIdentity(new CookieJars().of(context), NOBODY),
    context,
    address: `${server.origin}/login`,
    fields: new Map([
      ['user', 'me'],
      ['pass', 'secret'],
    ]),
  };
  return { clock, server, login: () => new Login(options) };
}

const posts = (requests: readonly string[]) => requests.filter((path) => path === '/in').length;

test('a login holds for all steps of a run, and is done again when it was lost after a while', async (t) => {
  const { clock, server, login } = await loginAt(t, (request, response) => {
    response.end(request.url === '/login' ? FORM : 'welcome');
  });
  await login().ensure();
  await login().ensure();
  assert.equal(posts(server.requests), 1);
  await assert.rejects(login().again(), failsWith('login-failed', false));
  await clock.advance(61_000);
  await login().again();
  await login().ensure();
  assert.equal(posts(server.requests), 2);
});

for (const [says, page, expected] of [
  ['has no such form', '<form method=post><input name=user></form>', /no form with the fields user, pass/],
  ['would write it into an address', FORM.replace('method=post', ''), /into an address/],
  ['sends it to strangers', FORM.replace('/in', 'http://b.example/in'), /another site/],
  ['shows the form again', FORM, /asked for a login again/],
] as const) {
  test(`a page that ${says} is no login, and is not tried again`, async (t) => {
    const { server, login } = await loginAt(t, (_, response) => response.end(page));
    await assert.rejects(login().ensure(), expected);
    const asked = server.requests.length;
    await assert.rejects(login().ensure(), failsWith('login-failed', false));
    assert.equal(server.requests.length, asked);
  });
}

test('a login page that is gone for good is said once, one that is busy is tried again', async (t) => {
  let status = 503;
  const { login } = await loginAt(t, (_, response) => response.writeHead(status).end());
  await assert.rejects(login().ensure(), failsWith('http-status', true));
  status = 404;
  await assert.rejects(login().ensure(), failsWith('login-failed', false));
});

for (const [status, method] of [
  [302, 'GET'],
  [307, 'POST'],
  [308, 'POST'],
] as const) {
  test(`a login that is moved by ${status} is sent on by ${method}`, async (t) => {
    const sent: string[] = [];
    const { login } = await loginAt(t, async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      sent.push(`${request.method} ${request.url} ${body}`);
      if (request.url === '/in') response.writeHead(status, { location: '/there' });
      response.end(request.url === '/login' ? FORM : 'welcome');
    });
    await login().ensure();
    const typed = 'user=me&pass=secret';
    assert.deepEqual(sent.slice(1), [`POST /in ${typed}`, `${method} /there ${method === 'POST' ? typed : ''}`]);
  });
}

test('a login is sent on to no other site', async (t) => {
  const bodies: string[] = [];
  const { server, login } = await loginAt(
    t,
    async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      if (request.url === '/there') bodies.push(body);
      // The same machine by another name.
      if (request.url === '/in') response.writeHead(307, { location: `http://localhost:${server.port}/there` });
      response.end(request.url === '/login' ? FORM : 'welcome');
    },
    ['localhost'],
  );
  await login().ensure();
  assert.deepEqual(bodies, ['']);
});
