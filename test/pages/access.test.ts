import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { startSite } from './site.js';

const PASSWORD = 'correct horse';

async function siteWith(t: TestContext, options: Parameters<typeof startSite>[1]) {
  const site = await startSite([rows], options);
  t.after(() => site.close());
  return { site, visitor: new Visitor(site.url) };
}

const give = (visitor: Visitor, password: string, to = '/') => visitor.post('/login', { gate: 'site', to, password });

for (const [name, access] of [
  ['as it is', `password:${PASSWORD}`],
  ['as its hash', `password:scrypt:salt:${scryptSync(PASSWORD, 'salt', 32).toString('base64url')}`],
] as const) {
  test(`a password opens the site, kept ${name}`, async (t) => {
    const { site, visitor } = await siteWith(t, { access });
    for (const path of ['/', '/jobs/rows', '/runs/x', '/nothing', '/host']) {
      const closed = await visitor.get(path);
      assert.equal(closed.status, 401, path);
      assert.deepEqual(closed.headers.getSetCookie(), [], 'no session');
      assert.match(await closed.text(), /type="password"/);
    }
    assert.equal((await visitor.post('/runs', { job: 'rows' })).status, 401);
    assert.equal((await visitor.get('/healthz')).status, 200);
    assert.equal((await visitor.get('/style.css')).status, 200);
    const wrong = await give(visitor, 'battery staple');
    assert.equal(wrong.status, 401);
    assert.match(await wrong.text(), /This is not the password/);
    const right = await give(visitor, PASSWORD, '/jobs/rows?a=1');
    assert.deepEqual([right.status, right.headers.get('location')], [303, '/jobs/rows?a=1']);
    await visitor.drive(await visitor.start('rows'));
    assert.equal((await new Visitor(site.url).get('/')).status, 401, 'nobody else');
  });
}

test('a login gives the session another id', async (t) => {
  const { visitor } = await siteWith(t, { access: `password:${PASSWORD}` });
  await give(visitor, PASSWORD);
  const planted = new Map(visitor.cookies);
  await give(visitor, PASSWORD);
  assert.notDeepEqual(visitor.cookies, planted);
  assert.equal((await new Visitor(visitor.origin, '', planted).get('/')).status, 401, 'the old one is gone');
});

test('while sessions cannot be saved, a login costs the visitor nothing', async (t) => {
  const { visitor, site } = await siteWith(t, { access: `password:${PASSWORD}` });
  await give(visitor, PASSWORD);
  const path = await visitor.start('rows');
  for (const method of ['set', 'destroy'] as const) {
    const away = (...args: readonly unknown[]) => (args.at(-1) as (error: Error) => void)(new Error('away'));
    const { mock } = t.mock.method(site.sessionStore, method, away);
    assert.equal((await give(visitor, PASSWORD)).status, 503, method);
    mock.restore();
    assert.equal((await visitor.get(path)).status, 200, method);
  }
});

test('nobody guesses for long', async (t) => {
  const { visitor } = await siteWith(t, { access: `password:${PASSWORD}` });
  for (let i = 0; i < 10; i += 1) assert.equal((await give(visitor, `guess ${i}`)).status, 401);
  const late = await give(visitor, PASSWORD);
  assert.equal(late.status, 429);
  assert.ok(Number(late.headers.get('retry-after')) > 500);
});

test('a login leads nowhere but into the site', async (t) => {
  const { visitor } = await siteWith(t, { access: `password:${PASSWORD}` });
  for (const to of [
    '//evil.example/',
    '/\\evil.example',
    'https://evil.example/',
    '/\t/evil.example',
    '\\\\evil.example',
  ]) {
    const location = (await give(visitor, PASSWORD, to)).headers.get('location') ?? '';
    assert.equal(new URL(location, visitor.origin).origin, visitor.origin, to);
  }
});

test('shared runs are shown to others when the operator says so', async (t) => {
  for (const opensShared of [false, true]) {
    const { site, visitor } = await siteWith(t, { access: `password:${PASSWORD}`, opensShared });
    await give(visitor, PASSWORD);
    const path = await visitor.start('rows');
    await visitor.submit(`${path}/share`, `${path}/share`);
    const link = /\/shared\/[\w-]+/.exec(await (await visitor.get(`${path}/share`)).text())?.[0] ?? '';
    for (const address of [link, `${link}/rows.csv`]) {
      assert.equal((await new Visitor(site.url).get(address)).status, opensShared ? 200 : 401, address);
    }
  }
});

test('a header of a trusted proxy opens the site, and no other request does', async (t) => {
  const { visitor } = await siteWith(t, { access: 'header:X-Forwarded-User' });
  assert.equal((await visitor.get('/')).status, 403);
  assert.equal((await visitor.get('/', { 'X-Forwarded-User': 'ann' })).status, 200);
  const direct = await siteWith(t, { access: 'header:X-Forwarded-User', trustProxy: 0 });
  assert.equal((await direct.visitor.get('/', { 'X-Forwarded-User': 'ann' })).status, 403);
});
