import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import cookieSession from 'cookie-session';
import express, { type Request, type RequestHandler, type Response } from 'express';
import expressSession from 'express-session';
import { pino } from 'pino';
import { z } from 'zod';
import { KeptSessions } from '../../src/http/kept-sessions.js';
import { defineJob, type HostRequest, type TobiishiOptions, tobiishi } from '../../src/index.js';
import { deferred } from '../fixtures/engine.js';
import { serve } from '../fixtures/serve.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows, slow } from '../pages/jobs.js';
import { startSite } from '../pages/site.js';

const MOUNT = '/tools/jobs';
const SECRET = 'a secret of the host app';

/** A job whose one step works until it is told to finish. */
function heldJob() {
  const [began, finish] = [deferred(), deferred()];
  const job = defineJob({
    name: 'held',
    input: z.object({}),
    plan: () => [1],
    async step() {
      began.resolve();
      await finish.promise;
      return {};
    },
  });
  return { job, began, finish };
}

/**
 * Lets `change` happen while the answer about a step is held. So long that the session of a request that lasts is looked at
 * again before it is saved.
 */
async function whileHeld(
  { began, finish }: ReturnType<typeof heldJob>,
  visitor: Visitor,
  change: () => Promise<unknown>,
) {
  const path = await visitor.start('held');
  const held = visitor.get(`${path}?seq=0`);
  await began.promise;
  await change();
  await new Promise((resolve) => setTimeout(resolve, 110));
  finish.resolve();
  await held;
  return path;
}

/** An app of somebody else's with Tobiishi in it. Its own pages answer what its session has. */
async function hostApp(t: TestContext, middleware: RequestHandler[], options: TobiishiOptions = {}) {
  const jobs = await tobiishi({
    jobs: [rows, slow],
    database: 'memory:',
    logger: pino({ level: 'silent' }),
    ...options,
  });
  t.after(() => jobs.close());
  const app = express();
  app.set('trust proxy', 1);
  for (const each of middleware) app.use(each);
  app.get('/set', (req, res) => {
    Object.assign(req.session, req.query);
    res.json(req.session);
  });
  app.get('/session', (req, res) => void res.json(req.session ?? null));
  app.get('/end', (req, res) => req.session.destroy(() => res.end()));
  app.use(MOUNT, jobs);
  const visitor = new Visitor(await serve(t, app), MOUNT);
  const session = async () => (await visitor.get('/session')).json() as Promise<Record<string, unknown>>;
  return { visitor, session };
}

const stored = () => expressSession({ secret: SECRET, resave: false, saveUninitialized: false });
const inCookie = () => cookieSession({ name: 'host', keys: [SECRET], maxAge: 60_000, httpOnly: true, sameSite: 'lax' });

const idOf = (path: string) => path.split('/').at(-1) ?? '';

for (const [name, middleware, cookies] of [
  ['express-session', stored, ['connect.sid']],
  ['cookie-session, which saves by itself', inCookie, ['host', 'host.sig']],
] as const) {
  test(`the session of the app around is used, under one key: ${name}`, async (t) => {
    const { visitor, session } = await hostApp(t, [middleware()]);
    await visitor.get('/set?user=ann');
    const path = await visitor.start('rows');
    await visitor.drive(path);
    assert.deepEqual([...visitor.cookies.keys()], [...cookies], 'no cookie of our own');
    const { user, tobiishi: ours, cookie: _, ...others } = await session();
    assert.equal(user, 'ann');
    assert.deepEqual(others, {});
    assert.deepEqual((ours as { runs: object }).runs, { [idOf(path)]: { job: 'rows', seq: 3 } });
  });
}

test('what the app around saved while a step was held stays, and so does what the step did', async (t) => {
  const held = heldJob();
  const { visitor, session } = await hostApp(t, [stored()], { jobs: [held.job] });
  await visitor.get('/set?user=ann&cart=full');
  const path = await whileHeld(held, visitor, () => visitor.get('/set?cart=empty'));
  const { user, cart, tobiishi: ours } = await session();
  assert.deepEqual([user, cart], ['ann', 'empty']);
  assert.deepEqual((ours as { runs: object }).runs, { [idOf(path)]: { job: 'held', seq: 1 } });
});

test('a session that was ended while a step was held stays ended', async (t) => {
  const held = heldJob();
  const { visitor, session } = await hostApp(t, [stored()], { jobs: [held.job] });
  await whileHeld(held, visitor, () => visitor.get('/end'));
  assert.equal((await session())['tobiishi'], undefined);
});

test('without a session around, our own cookie is for the mount alone', async (t) => {
  const { visitor } = await hostApp(t, []);
  const cookie = (await visitor.get(`${MOUNT}/jobs/rows`)).headers.get('set-cookie') ?? '';
  assert.match(cookie, /^tobiishi=[^;]+; Path=\/tools\/jobs; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  const https = await new Visitor(visitor.origin).get(`${MOUNT}/jobs/rows`, { 'X-Forwarded-Proto': 'https' });
  assert.match(https.headers.get('set-cookie') ?? '', /^tobiishi=[^;]+; Path=\/tools\/jobs; .*Secure/);
});

test('whoever only looks at forms leaves nothing in the store', async (t) => {
  const site = await startSite([rows]);
  t.after(() => site.close());
  const stored = t.mock.method(site.sessionStore, 'set');
  for (let i = 0; i < 20; i += 1) await new Visitor(site.url).get('/jobs/rows?lang=ja');
  const visitor = new Visitor(site.url);
  await visitor.get('/jobs/rows');
  const looked = new Map(visitor.cookies);
  assert.equal((await visitor.submit('/jobs/rows', '/jobs/rows/form', { cell: 'b' })).status, 200);
  assert.equal(stored.mock.callCount(), 0);
  assert.deepEqual(visitor.cookies, looked, 'one cookie serves all forms');
  const path = await visitor.start('rows');
  assert.equal(stored.mock.callCount(), 1, 'a run is worth a record');
  const answer = await visitor.get(path);
  assert.equal(answer.status, 200);
  assert.equal((await new Visitor(site.url, '', looked).get(path)).status, 200, 'it is the same visitor still');
});

test('a cookie that is older than a session lasts is worth nothing', async (t) => {
  const site = await startSite([rows]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  await visitor.get('/jobs/rows');
  const page = await (await visitor.get('/jobs/rows')).text();
  const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 2 * 86_400_000 });
  assert.equal((await visitor.post('/runs', { job: 'rows', _csrf: token })).status, 403);
});

test('a session at hand is found by a cookie that a secret has signed, and by no other', async (t) => {
  const site = await startSite([rows]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  await visitor.start('rows');
  const cookie = visitor.cookies.get('tobiishi') ?? '';
  const [id = '', signature] = cookie.split('.');
  const find = (text: string, secrets: readonly string[]) => {
    const kept = KeptSessions.of(site.sessionStore, { cookie: 'tobiishi', secrets, load: () => assert.fail() });
    return kept?.find({ headers: { cookie: `a=b; tobiishi=${text}` } } as Request, {} as Response) ?? null;
  };
  assert.notEqual(find(cookie, ['a secret of the test'])?.contents()?.visitorId, undefined);
  assert.notEqual(find(cookie, ['newer', 'a secret of the test']), null);
  assert.equal(find(cookie, ['newer']), null);
  for (const text of [
    id,
    `${id}.`,
    `${id}.${signature}x`,
    `${id.slice(0, -1)}.${signature}`,
    `s%3A.${signature}`,
    '',
  ]) {
    assert.equal(find(text, ['a secret of the test']), null, text);
  }
});

test('runs belong to whoever the app around says it is, in whichever browser', async (t) => {
  const visitor = (req: HostRequest) => (req.session as { user?: string }).user;
  const { visitor: ann } = await hostApp(t, [stored()], { visitor });
  const browserOf = async (user: string | null) => {
    const browser = new Visitor(ann.origin, MOUNT);
    if (user !== null) await browser.get(`/set?user=${user}`);
    return browser;
  };
  await ann.get('/set?user=ann');
  const path = await ann.start('rows');
  assert.equal((await (await browserOf('ann')).get(path)).status, 200);
  assert.equal((await (await browserOf('bob')).get(path)).status, 404);
  const anonymous = await browserOf(null);
  assert.equal((await anonymous.get(path)).status, 404);
  const own = await anonymous.start('rows');
  assert.equal((await anonymous.get(own)).status, 200);
  assert.equal((await ann.get(own)).status, 404);
});

test('the app around may say who may do what with which run', async (t) => {
  const asked: string[] = [];
  const { visitor: ann } = await hostApp(t, [stored()], {
    visitor: (req) => (req.session as { user?: string }).user,
    may(visitor, access, run) {
      asked.push(`${visitor} ${access} ${run.owner}`);
      if (visitor === 'root') return access !== 'delete';
      return run.isOwn && access !== 'share' && run.job !== 'slow';
    },
  });
  const root = new Visitor(ann.origin, MOUNT);
  await ann.get('/set?user=ann');
  await root.get('/set?user=root');
  const path = await ann.start('rows');
  assert.equal((await root.get(path)).status, 200);
  assert.equal((await root.submit(path, `${path}/pause`)).status, 303);
  assert.equal((await ann.get(path)).status, 200);
  const refused = await root.submit(path, `${path}/delete`);
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /You may not do this here/);
  assert.equal((await ann.submit(path, `${path}/share`)).status, 403);
  assert.equal((await ann.submit(`${MOUNT}/jobs/slow`, `${MOUNT}/runs`, { job: 'slow' })).status, 403);
  assert.equal((await new Visitor(ann.origin, MOUNT).get(path)).status, 404);
  for (const each of ['ann start ann', 'root pause ann', 'null see ann']) assert.ok(asked.includes(each), each);
});
