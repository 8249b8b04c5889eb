import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import session from 'express-session';
import type { Browser, Page } from 'playwright-core';
import { tobiishi } from '../../src/index.js';
import { findProxy } from '../fixtures/real-proxy.js';
import { serve } from '../fixtures/serve.js';
import { startServer } from '../fixtures/server.js';
import { startShippedNginx } from '../fixtures/shipped-nginx.js';
import { rows } from '../pages/jobs.js';
import { launchShell } from './browser.js';

declare module 'express-session' {
  interface SessionData {
    user: string;
  }
}

const PASSWORD = 'correct horse battery';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('who is let in', () => {
  let browser: Browser;
  let close: () => Promise<void>;
  before(async () => {
    ({ browser, close } = await launchShell());
  });
  after(() => close());

  async function fill(page: Page, name: string, value: string): Promise<void> {
    await page.fill(`[name="${name}"]`, value);
    await Promise.all([page.waitForNavigation(), page.click('main button')]);
  }

  /** Starts a run of one step, and sees it through. */
  async function run(page: Page, site: string): Promise<string> {
    await page.goto(`${site}/jobs/wait`);
    await page.fill('[name="seconds"]', '1');
    await page.click('form[action$="/runs"] button[type="submit"], form[action$="/runs"] button.main');
    await page.waitForSelector('main[data-status="done"]');
    return page.url().split('?')[0] ?? '';
  }

  const nginx = findProxy('nginx');
  const skip = nginx === null ? 'nginx is not installed' : false;

  it('behind our nginx a password opens the site, and only the right one; no log has the token of a share', {
    skip,
  }, async (t) => {
    assert.ok(nginx);
    const server = await startServer({
      ACCESS: `password:${PASSWORD}`,
      TRUST_PROXY: '1',
      LOG_LEVEL: 'debug',
      OPEN_SHARED: 'on',
    });
    t.after(() => server.kill('SIGKILL'));
    const proxy = await startShippedNginx(nginx, server.url);
    t.after(() => proxy.close());
    const context = await browser.newContext({ locale: 'ja-JP' });
    const page = await context.newPage();
    const first = await page.goto(`${proxy.url}/jobs/wait?seconds=2`);
    assert.equal(first?.status(), 401);
    assert.equal(await page.textContent('h1'), 'パスワードを入力してください');
    assert.deepEqual(await context.cookies(), [], 'nobody is known before the password');
    await page.evaluate(AXE);
    const found = await page.evaluate<unknown[]>('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
    assert.deepEqual(found, []);
    await fill(page, 'password', 'not the password');
    assert.match((await page.textContent('[role="alert"]')) ?? '', /パスワードが違います/);
    await fill(page, 'password', PASSWORD);
    assert.equal(page.url(), `${proxy.url}/jobs/wait?seconds=2`, 'where the visitor wanted to go');
    assert.ok((await context.cookies()).every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax'));
    const path = await run(page, proxy.url);
    await page.goto(`${path}/share`);
    await Promise.all([page.waitForNavigation(), page.click('main form button')]);
    const link = await page.getAttribute('a[href^="/shared/"]', 'href');
    const reader = await browser.newContext();
    const shared = await (await reader.newPage()).goto(`${proxy.url}${link}`);
    assert.equal(shared?.status(), 200);
    assert.equal(shared?.headers()['x-robots-tag'], 'noindex');
    const token = String(link).slice('/shared/'.length);
    assert.match(proxy.log(), /"GET \/shared\/-"/);
    for (const log of [proxy.log(), server.log()]) assert.ok(!log.includes(token));
    assert.match(server.log(), /\/shared\/-/);
    for (const each of [context, reader]) await each.close();
  });

  it('behind our nginx somebody of whom it says who they are is let in, and nobody who says so himself', {
    skip,
  }, async (t) => {
    assert.ok(nginx);
    const server = await startServer({ ACCESS: 'header:X-Forwarded-User', TRUST_PROXY: '1' });
    t.after(() => server.kill('SIGKILL'));
    const shipped = await startShippedNginx(nginx, server.url);
    t.after(() => shipped.close());
    const headers = { 'X-Forwarded-User': 'eve' };
    assert.equal((await fetch(shipped.url, { headers })).status, 403);
    // In place of oauth2-proxy nginx itself asks who it is.
    const folder = mkdtempSync(join(tmpdir(), 'tobiishi-users-'));
    // nginx's workers are somebody else where it is started by root.
    chmodSync(folder, 0o755);
    const users = join(folder, 'users');
    writeFileSync(users, 'ann:{PLAIN}secret of ann\n');
    const proxy = await startShippedNginx(nginx, server.url, (config) =>
      config
        .replace('X-Forwarded-User ""', 'X-Forwarded-User $remote_user')
        .replace('location / {', `location / {\n    auth_basic jobs;\n    auth_basic_user_file ${users};`),
    );
    t.after(() => proxy.close());
    assert.equal((await fetch(proxy.url, { headers })).status, 401);
    const httpCredentials = { username: 'ann', password: 'secret of ann' };
    const context = await browser.newContext({ httpCredentials });
    await run(await context.newPage(), proxy.url);
    await context.close();
  });

  it("in an app of somebody's own its login says whose runs they are, and its rules what they may", async (t) => {
    const app = express();
    app.use(
      session({ secret: 'of the app around', resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }),
    );
    app.get(
      '/login',
      (_req, res) =>
        void res.send('<form method="post"><main><input name="user"><button>Log in</button></main></form>'),
    );
    app.post('/login', express.urlencoded({ extended: false }), (req, res) => {
      req.session.user = String(req.body.user);
      res.redirect('/jobs/');
    });
    const jobs = await tobiishi({
      jobs: [rows],
      database: 'memory:',
      logger: { error() {}, warn() {}, info() {}, debug() {} },
      visitor: (req) => (req as unknown as express.Request).session.user ?? null,
      may: (visitor, access, { isOwn }) => visitor !== null && (isOwn || (visitor === 'boss' && access === 'see')),
    });
    t.after(() => jobs.close());
    app.use('/jobs', jobs);
    const url = await serve(t, app);
    const login = async (user: string) => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${url}/login`);
      await fill(page, 'user', user);
      return page;
    };
    const [ann, bob, boss] = [await login('ann'), await login('bob'), await login('boss')];
    await ann.goto(`${url}/jobs/jobs/rows`);
    await ann.click('form[action$="/runs"] button.main');
    await ann.waitForSelector('main[data-status="done"]');
    const path = ann.url();
    assert.equal((await bob.goto(path))?.status(), 404);
    assert.equal((await boss.goto(path))?.status(), 200);
    assert.equal((await boss.goto(`${path}/delete`))?.status(), 403);
    const nobody = await (await browser.newContext()).newPage();
    assert.equal((await nobody.goto(path))?.status(), 404);
    await nobody.goto(`${url}/jobs/jobs/rows`);
    const [refused] = await Promise.all([
      nobody.waitForNavigation(),
      nobody.click('form[action$="/runs"] button.main'),
    ]);
    assert.equal(refused?.status(), 403);
    // The login is the app's: whoever logs in elsewhere finds the runs again.
    const again = await login('ann');
    await again.goto(`${url}/jobs/`);
    assert.ok(await again.$(`a[href="${new URL(path).pathname}"]`));
    for (const page of [ann, bob, boss, nobody, again]) await page.context().close();
  });
});
