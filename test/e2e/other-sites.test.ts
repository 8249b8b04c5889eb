import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { freePort } from '../fixtures/free-port.js';
import { until } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchChromium } from './browser.js';

const SITE = 'jobs.example';
/** One that shares the site's cookies as far as browsers let it. */
const SIBLING = 'evil.jobs.example';
const STRANGER = 'stranger.example';
const REBOUND = 'rebound.example';

describe('pages of other sites, in a browser that knows the visitor', () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;
  let site: string;
  before(async () => {
    const port = await freePort();
    site = `http://${SITE}:${port}`;
    const hosts = { SITE_URL: site, ALLOWED_HOSTS: `localhost:${port}` };
    server = await startServer({ PORT: String(port), ...hosts, SERVICE_WORKER: 'off', LOG_LEVEL: 'debug' });
    ({ browser, close } = await launchChromium(
      '--host-resolver-rules=MAP *.example 127.0.0.1',
      // As on https: browsers tell such sites who asks, and load their pages before they are looked at.
      `--unsafely-treat-insecure-origin-as-secure=${site}`,
    ));
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  /** A page of another site, served to whoever comes by that name. */
  async function pageOf(t: TestContext, host: string, html: string): Promise<string> {
    const other = createServer((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>x</title>${html}`);
    }).listen(0, '127.0.0.1');
    t.after(() => other.close());
    t.after(() => other.closeAllConnections());
    await once(other, 'listening');
    return `http://${host}:${(other.address() as AddressInfo).port}/`;
  }

  /** Somebody with a run that waits for its first step to be asked for, and a tab of the same one. */
  async function visitorWithRun(context: BrowserContext): Promise<{ page: Page; path: string; owner: Visitor }> {
    const owner = new Visitor(server.url);
    const path = await owner.start('wait', { seconds: '1' });
    const cookies = [...owner.cookies].map(([name, value]) => ({ name, value, url: site }));
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, httpOnly: true, sameSite: 'Lax' as const })));
    return { page: await context.newPage(), path, owner };
  }

  const seqOf = async (owner: Visitor, path: string) => {
    const answer = await owner.get(path);
    return /seq=(\d+)/.exec(answer.headers.get('tobiishi-run') ?? '')?.[1];
  };

  for (const host of [STRANGER, SIBLING]) {
    it(`a form that ${host} sends starts nothing and takes no run away`, async (t) => {
      const context = await browser.newContext();
      const { page, path } = await visitorWithRun(context);
      const before = await context.cookies(site);
      const form = `<form method="post" action="${site}/runs"><input name="job" value="wait"><input name="seconds" value="1"></form>
        <script>document.forms[0].submit()</script>`;
      const address = await pageOf(t, host, form);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${site}/runs`),
        page.goto(address).catch(() => {}),
      ]);
      assert.equal(answer.status(), 403);
      assert.equal(answer.headers()['set-cookie'], undefined);
      assert.deepEqual(await context.cookies(site), before);
      await page.goto(`${site}/`);
      const runs = await page.$$eval('a.name[href^="/runs/"]', (links) =>
        links.map((link) => link.getAttribute('href')),
      );
      assert.deepEqual(runs, [path], 'the visitor has the run, and no other');
      await context.close();
    });

    it(`what ${host} has the browser load unseen executes no step`, async (t) => {
      const context = await browser.newContext();
      const { page, path, owner } = await visitorWithRun(context);
      const step = `${site}${path}?seq=0`;
      const rules = JSON.stringify({
        prefetch: [{ source: 'list', urls: [step], eagerness: 'immediate' }],
        prerender: [{ source: 'list', urls: [step], eagerness: 'immediate' }],
      });
      const address = await pageOf(
        t,
        host,
        `<link rel="prefetch" href="${step}"><script type="speculationrules">${rules}</script><p>nothing to see`,
      );
      await page.goto(address);
      await until('the browser has asked', () => server.log().includes(`${path}?seq=0`));
      assert.equal(await seqOf(owner, path), '0');
      await context.close();
    });
  }

  it('a stranger cannot have a step executed by a picture, a frame or a script of it either', async (t) => {
    const context = await browser.newContext();
    const { page, path, owner } = await visitorWithRun(context);
    const step = `${site}${path}?seq=0`;
    const html = `<img src="${step}"><iframe src="${step}"></iframe><script src="${step}"></script><script>
      fetch('${step}', { mode: 'no-cors', credentials: 'include' }).finally(() => { document.title = 'asked'; })</script>`;
    await page.goto(await pageOf(t, STRANGER, html));
    await page.waitForFunction('document.title === "asked"');
    assert.equal(await seqOf(owner, path), '0');
    await context.close();
  });

  it('a name that was made to lead here (DNS rebinding) opens nothing, whatever its page makes up', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const rebound = site.replace(SITE, REBOUND);
    const answer = await page.goto(`${rebound}/`);
    assert.equal(answer?.status(), 421);
    const statuses = await page.evaluate(
      async ([name = '']) => {
        const asked = ['/', '/jobs/wait', '/runs', '/privacy'];
        const made = { 'X-Forwarded-Host': name, 'X-Forwarded-For': '127.0.0.1' };
        const each = asked.map(async (path) => (await fetch(path, { headers: made })).status);
        return Promise.all([
          ...each,
          fetch('/runs', { method: 'POST', body: 'job=wait' }).then(({ status }) => status),
        ]);
      },
      [new URL(site).host],
    );
    assert.deepEqual([...new Set(statuses)], [421]);
    assert.deepEqual(await context.cookies(rebound), []);
    await context.close();
  });
});
