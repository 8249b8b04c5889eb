import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import middie from '@fastify/middie';
import compression from 'compression';
import express, { type RequestHandler } from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import helmet from 'helmet';
import Koa from 'koa';
import { pino } from 'pino';
import { type TobiishiOptions, tobiishi } from '../src/index.js';
import { serve } from './fixtures/serve.js';
import { runHeader, Visitor } from './fixtures/visitor.js';
import { failing, rows } from './pages/jobs.js';

const MOUNT = '/tools/jobs';

async function open(t: TestContext, options: TobiishiOptions = {}) {
  const quiet = { database: 'memory:', logger: pino({ level: 'silent' }) };
  const jobs = await tobiishi({ jobs: [rows, failing], ...quiet, ...options });
  t.after(() => jobs.close());
  return jobs;
}

type Open = Awaited<ReturnType<typeof open>>;

function expressApp(factory: typeof express, jobs: Open, before: RequestHandler[] = [], after: RequestHandler[] = []) {
  const app = factory();
  for (const each of before) app.use(each);
  app.get('/', (_req, res) => void res.send('the home page of the app'));
  app.use(MOUNT, jobs);
  for (const each of after) app.use(each);
  return app;
}

/** Starts a run and drives it to its end, in a form and by addresses below the mount. */
async function assertWorks(visitor: Visitor): Promise<void> {
  const path = await visitor.start('rows');
  assert.ok(path.startsWith(`${visitor.mount}/runs/`), path);
  const { response, seen } = await visitor.drive(path);
  assert.equal(runHeader(response).status, 'done');
  assert.equal(seen.at(-1), 3);
  const style = /<link rel="stylesheet" href="([^"]+)"/.exec(await response.text())?.[1] ?? '';
  assert.ok(style.startsWith(`${visitor.mount}/style.css`), style);
  assert.equal((await visitor.get(style)).status, 200);
  const nothing = await visitor.get(`${visitor.mount}/nothing`);
  assert.equal(nothing.status, 404);
  assert.match(await nothing.text(), new RegExp(`href="${visitor.mount}/"`), 'our own page');
}

test('a request over HTTP/2, which Express cannot answer, is told so', async (t) => {
  const jobs: unknown = await open(t);
  const server = http2.createServer(jobs as Parameters<typeof http2.createServer>[0]).listen(0);
  t.after(() => server.close());
  await once(server, 'listening');
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => client.destroy());
  const [headers] = await once(client.request({ ':path': '/' }), 'response');
  assert.equal(headers[':status'], 505);
});

test("Node's own server makes requests and answers that Express leaves as they are", async (t) => {
  const jobs = await open(t);
  const changed: object[] = [];
  const watched: RequestListener = (req, res) => {
    const made = [req, res].map((message) => [message, Object.getPrototypeOf(message)] as const);
    jobs(req, res);
    changed.push(
      ...made.flatMap(([message, prototype]) => (Object.getPrototypeOf(message) === prototype ? [] : [message])),
    );
  };
  await assertWorks(new Visitor(await serve(t, watched, jobs.serverOptions)));
  assert.deepEqual(changed, []);
});

for (const [name, factory] of [
  ['Express 5', express],
  ['Express 4', express4],
] as const) {
  test(`${name} hosts it`, async (t) => {
    const visitor = new Visitor(await serve(t, expressApp(factory, await open(t))), MOUNT);
    await assertWorks(visitor);
    const home = await visitor.get('/');
    assert.equal(await home.text(), 'the home page of the app');
    for (const header of ['content-security-policy', 'tobiishi', 'set-cookie', 'x-request-id']) {
      assert.equal(home.headers.get(header), null, `${header} is on our answers alone`);
    }
  });

  test(`${name} may read forms, compress, set headers and catch errors before and after it`, async (t) => {
    const caught: unknown[] = [];
    const before = [factory.json(), factory.urlencoded({ extended: true }), compression(), helmet()];
    const onError = (error: unknown, _req: unknown, res: express.Response, _next: unknown) => {
      caught.push(error);
      res.status(500).send('the error page of the app');
    };
    const app = expressApp(factory, await open(t), before, [helmet(), onError as unknown as RequestHandler]);
    const visitor = new Visitor(await serve(t, app), MOUNT);
    await assertWorks(visitor);
    const page = await visitor.get(`${MOUNT}/jobs/rows`, { 'Accept-Encoding': 'gzip' });
    assert.equal(page.headers.get('content-encoding'), 'gzip');
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /nonce-/);
    assert.doesNotMatch(policy, /upgrade-insecure-requests/, "the app's policy is replaced");
    assert.match((await visitor.get('/')).headers.get('content-security-policy') ?? '', /upgrade-insecure-requests/);
    assert.equal((await visitor.post(`${MOUNT}/runs`, { job: 'rows' })).status, 403, 'without a token');
    assert.deepEqual(caught, []);
  });
}

test('Fastify hosts it through @fastify/middie, with a form parser of its own', async (t) => {
  const app = fastify();
  await app.register(middie);
  app.addContentTypeParser('application/x-www-form-urlencoded', (_req, _body, done) => done(null, {}));
  app.use(MOUNT, await open(t));
  app.get('/', async () => 'the home page of the app');
  await app.ready();
  t.after(() => app.close());
  const visitor = new Visitor(await app.listen({ port: 0, host: '127.0.0.1' }), MOUNT);
  await assertWorks(visitor);
  assert.equal(await (await visitor.get('/')).text(), 'the home page of the app');
});

test('Koa hosts it through its raw request and answer', async (t) => {
  const jobs = await open(t, { base: MOUNT });
  const app = new Koa();
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith(`${MOUNT}/`)) return next();
    ctx.respond = false;
    ctx.req.url = ctx.url.slice(MOUNT.length);
    jobs(ctx.req, ctx.res);
  });
  app.use((ctx) => {
    ctx.body = 'the home page of the app';
  });
  const visitor = new Visitor(await serve(t, app.callback()), MOUNT);
  await assertWorks(visitor);
  assert.equal(await (await visitor.get('/')).text(), 'the home page of the app');
});

test('two in one process share nothing', async (t) => {
  const app = express();
  app.use('/one', await open(t, { texts: { en: { 'site.name': 'First' } } }));
  app.use('/two', await open(t, { jobs: [failing], texts: { en: { site: { name: 'Second' } } } }));
  const origin = await serve(t, app);
  const [one, two] = [new Visitor(origin, '/one'), new Visitor(origin, '/two')];
  const path = await one.start('rows');
  await two.start('failing');
  const [first, second] = [await (await one.get('/one/')).text(), await (await two.get('/two/')).text()];
  assert.match(first, /<title>First<\/title>/);
  assert.match(second, /<title>Second<\/title>/);
  assert.match(first, /\/one\/jobs\/rows"/);
  assert.doesNotMatch(second, /jobs\/rows"|\/one/);
  assert.equal((await two.get(path.replace('/one', '/two'))).status, 404);
});

test('a wrong option stops the start by its name, and says what is expected', async (t) => {
  const wrong: [string, unknown][] = [
    ['hostTimeout', 'soon'],
    ['jobs', 42],
    ['database', 42],
    ['database', { host: 'localhost' }],
    ['visitor', 'ann'],
    ['may', true],
    ['logger', {}],
    ['observer', 'me'],
    ['texts', { fr: {} }],
    ['texts', { en: 'Our tools' }],
    ['styles', 'on'],
  ];
  for (const [name, value] of wrong) {
    const options = { [name]: value } as TobiishiOptions;
    await assert.rejects(open(t, options), {
      name: 'ConfigError',
      message: new RegExp(`^${name} is wrong.*Expected: `),
    });
  }
  await assert.rejects(tobiishi('jobs.db' as TobiishiOptions), { name: 'ConfigError', message: /one object/ });
  const none = { visitor: null, may: null, observer: null, texts: null } as unknown as TobiishiOptions;
  await assertWorks(new Visitor(await serve(t, await open(t, none))));
});

test('jobs of one name are refused, and one that cannot be loaded', async (t) => {
  await assert.rejects(open(t, { jobs: [rows, rows] }), /rows/);
  await assert.rejects(open(t, { jobs: ['./absent.js'] }), /absent\.js cannot be loaded/);
});

test('its own cookie at the root of an https site is one that no neighbour can plant', async (t) => {
  const origin = await serve(t, await open(t, { trustProxy: 1 }));
  const cookieOf = async (protocol: string) => {
    const response = await fetch(`${origin}/jobs/rows`, { headers: { 'X-Forwarded-Proto': protocol } });
    return response.headers.get('set-cookie') ?? '';
  };
  assert.match(
    await cookieOf('https'),
    /^__Host-tobiishi=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  );
  assert.match(await cookieOf('http'), /^tobiishi=[^;]+; Path=\/; /);
});

test('a body that was read before as bytes or as text is understood', async (t) => {
  for (const before of [express.raw({ type: () => true }), express.text({ type: () => true })]) {
    await assertWorks(new Visitor(await serve(t, expressApp(express, await open(t), [before])), MOUNT));
  }
});

test('an app that has just ended its session is no obstacle', async (t) => {
  const before: RequestHandler = (req, _res, next) => {
    req.session = null as never;
    next();
  };
  await assertWorks(new Visitor(await serve(t, expressApp(express, await open(t), [before])), MOUNT));
});

test('a body that was read before and put nowhere is a request that cannot be understood', async (t) => {
  const before: RequestHandler = (req, _res, next) => void req.resume().on('end', next);
  const visitor = new Visitor(await serve(t, expressApp(express, await open(t), [before])), MOUNT);
  await visitor.get(`${MOUNT}/jobs/rows`);
  assert.equal((await visitor.post(`${MOUNT}/runs`, { job: 'rows' })).status, 400);
});

test('closed, it ends what it has begun, and says so to whoever still comes', async (t) => {
  const closed: string[] = [];
  const jobs = await open(t, { jobs: [{ ...rows, close: () => void closed.push(rows.name) }] });
  const visitor = new Visitor(await serve(t, expressApp(express, jobs)), MOUNT);
  const path = await visitor.start('rows');
  await Promise.all([jobs.close(), jobs.close()]);
  assert.deepEqual(closed, ['rows'], 'jobs end what they keep open');
  assert.equal((await visitor.get(path)).status, 503);
});
