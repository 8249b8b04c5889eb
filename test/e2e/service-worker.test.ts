import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startFaultProxy } from '../fixtures/faults.js';
import { type Gated, gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { done, noteAway, PAGES, startRun, workerIs } from '../fixtures/worker.js';
import { launchShell } from './browser.js';

const newLog = () => join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
const executions = (log: string) => readFileSync(log, 'utf8').trim().split('\n');

// Some side by side: each has a browser context and a proxy of its own, and most of its time is waiting.
describe('the service worker', { concurrency: 6 }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ HOST_TIMEOUT: '2' }, ['counted']);
    ({ browser, close } = await launchShell());
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  for (const pages of PAGES) {
    it(`says what it saw, and asks again for the same step after three seconds (${pages})`, async (t) => {
      const refusedAt: number[] = [];
      const askedAt: number[] = [];
      const { fields, letThrough } = gated(3);
      letThrough(1);
      const proxy = await startFaultProxy(server.url, {
        choose(path) {
          if (!path.includes('seq=1')) return null;
          // A quiet page first has the browser ask once more, which may send that twice while it starts the worker.
          const isAgain = path.includes('&try=1&');
          (isAgain ? askedAt : refusedAt).push(performance.now());
          if (!isAgain) return 'refuse';
          letThrough(3);
          return null;
        },
      });
      t.after(() => proxy.close());
      const page = await (await browser.newContext({ locale: 'ja' })).newPage();
      const { away } = await noteAway(page);
      await startRun(page, proxy.url, 'counted', fields, pages);
      const { language, text, again } = await away;
      assert.equal(language, 'ja');
      assert.match(text, /503 from the host/);
      assert.match(again, /\?seq=1&try=1&cut=503&after=\d+$/);
      await done(page);
      // From the first one: what was sent twice may be refused once more after the page is there.
      const waited = (askedAt[0] ?? 0) - (refusedAt[0] ?? 0);
      assert.ok(waited >= 2990, `after ${waited} ms`);
      assert.ok((await page.evaluate(() => history.length)) < 6, 'asking again leaves no trail');
      await page.context().close();
    });
  }

  /** Of a run that is under way, told to stop trying: while it counts down the page could go from under the pointer. */
  async function stoppedAwayPage(letThrough: Gated['letThrough'], fields: Gated['fields']): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.clock.install();
    letThrough(1);
    await startRun(page, server.url, 'counted', fields);
    await page.waitForSelector('#run[data-seq="1"]');
    await page.context().setOffline(true);
    await page.waitForSelector('.away');
    const stop = () => {
      document.getElementById('stop')?.click();
      return document.activeElement?.id === 'now';
    };
    await until('it is stopped', () => page.evaluate(stop).catch(() => false));
    return page;
  }

  it('stops trying when it is told to, and goes on at a press', async () => {
    const { fields, letThrough } = gated(2);
    const page = await stoppedAwayPage(letThrough, fields);
    assert.match((await page.textContent('.away')) ?? '', /Not trying any more/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'now');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.context().setOffline(false);
    await page.clock.runFor(60_000);
    assert.deepEqual(asked, []);
    assert.equal(await page.locator('.away').count(), 1);
    letThrough(2);
    await page.click('#now');
    await done(page);
    await page.context().close();
  });

  it('shows its page while the network is away, and goes on when it is back', async () => {
    const { fields, letThrough } = gated(2);
    const page = await stoppedAwayPage(letThrough, fields);
    await page.click('.languages [lang=ja]');
    await page.waitForSelector('[lang=ja] .away');
    letThrough(2);
    await page.context().setOffline(false);
    // The page can be back before its worker is: then it asks once more, after twelve seconds.
    await done(page);
    await page.context().close();
  });

  it('lets our own errors, downloads and other pages be', async () => {
    const page = await (await browser.newContext()).newPage();
    await startRun(page, server.url, 'counted', { log: newLog(), count: '1', ms: '10' });
    await done(page);
    const run = page.url().split('?')[0] ?? '';
    for (const [address, status] of [
      [`${run}?seq=x`, 400],
      [`${server.url}/runs/AAAAAAAAAAAAAAAAAAAAAA`, 404],
      [`${server.url}/nothing`, 404],
    ] as const) {
      const response = await page.goto(address);
      assert.equal(response?.status(), status);
      assert.equal(await page.locator('.away').count(), 0);
    }
    await page.goto(run);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[href$="rows.csv"]')]);
    assert.match(readFileSync(await download.path(), 'utf8'), /number/);
    await page.context().close();
  });

  it('sends nothing on that a browser fetches ahead: no step is executed', async () => {
    const visitor = new Visitor(server.url);
    const log = newLog();
    const path = await visitor.start('counted', { log, count: '3', ms: '10' });
    // The rules that have Chromium fetch ahead are an inline script here.
    const context = await browser.newContext({ bypassCSP: true });
    await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
    const page = await context.newPage();
    await page.goto(server.url);
    await workerIs(page, 'activated');
    const cdp = await context.newCDPSession(page);
    const statuses: string[] = [];
    cdp.on('Preload.prefetchStatusUpdated', ({ status }) => statuses.push(status));
    await cdp.send('Preload.enable');
    await page.evaluate((url) => {
      const rules = JSON.stringify({ prefetch: [{ urls: [url], eagerness: 'immediate' }] });
      document.head.append(Object.assign(document.createElement('script'), { type: 'speculationrules', text: rules }));
    }, `${path}?seq=0`);
    await until('it is fetched', () => statuses.includes('Ready'));
    const fetched = page.waitForResponse((response) => response.url().includes('ahead'));
    await page.evaluate((href) => {
      document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href }));
    }, `${path}?seq=0&ahead`);
    await fetched;
    assert.equal(runHeader(await visitor.get(path)).seq, 0);
    assert.ok(!existsSync(log));
    await context.close();
  });

  it('is not needed: on plain pages without it a reload, or the home page, goes on from the last recorded step', async (t) => {
    let refusals = 2;
    const { fields, letThrough, executions } = gated(4);
    const proxy = await startFaultProxy(server.url, {
      choose(path) {
        // One step for each number that is asked for.
        const seq = Number(/seq=(\d)/.exec(path)?.[1] ?? NaN);
        if (seq >= 0) letThrough(seq + 1);
        return seq % 2 === 1 && refusals-- > 0 ? 'lose' : null;
      },
    });
    t.after(() => proxy.close());
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const page = await context.newPage();
    await page.goto(`${proxy.url}/?pages=plain`);
    await page.goto(`${proxy.url}/jobs/counted`);
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
    await page.locator('form[action="/runs"] button.main').click({ noWaitAfter: true });
    for (const goOn of [() => page.reload(), () => page.goto(proxy.url).then(() => page.click('.runs a'))]) {
      await page.waitForSelector('h1:text("503 from the host")');
      await goOn();
    }
    await done(page);
    assert.equal(executions().length, 4);
    await context.close();
  });

  it('finishes a step of three times the limit behind a host that cuts at the limit', async (t) => {
    // The pages come after a second: a busy machine has four more until the limit.
    const proxy = await startFaultProxy(server.url, { cutAfterMs: 5000 });
    t.after(() => proxy.close());
    const page = await (await browser.newContext()).newPage();
    const log = newLog();
    await startRun(page, proxy.url, 'counted', { log, count: '1', ms: '15000' });
    await done(page);
    assert.deepEqual(proxy.met, []);
    assert.equal(executions(log).length, 1);
    await page.context().close();
  });

  for (const pages of PAGES) {
    it(`brings the visitor back when the whole answer is held and the limit strikes (${pages})`, async (t) => {
      const proxy = await startFaultProxy(server.url, { cutAfterMs: 2000 });
      t.after(() => proxy.close());
      const page = await (await browser.newContext()).newPage();
      const { away } = await noteAway(page);
      const { fields, letThrough } = gated(2);
      await startRun(page, proxy.url, 'counted', { ...fields, hold: true }, pages);
      assert.match((await away).text, /504/);
      letThrough(2);
      await done(page);
      t.diagnostic(`the limit struck ${proxy.met.length} times`);
      assert.ok(proxy.met.length > 0);
      await page.context().close();
    });
  }

  for (const pages of PAGES) {
    it(`comes back when the server that died does (${pages})`, async (t) => {
      const server = await startServer({ HOST_TIMEOUT: '2' }, ['counted']);
      t.after(() => server.kill('SIGKILL'));
      const page = await (await browser.newContext()).newPage();
      const { away } = await noteAway(page);
      const { fields, letThrough } = gated(4);
      letThrough(1);
      await startRun(page, server.url, 'counted', fields, pages);
      if (pages === 'plain') await page.waitForURL(/seq=1$/, { waitUntil: 'commit' });
      else await page.waitForSelector('#run[data-seq="1"]');
      await server.kill('SIGKILL');
      await away;
      letThrough(4);
      await server.start();
      await done(page);
      await page.context().close();
    });
  }

  it('is taken away by its switch', async (t) => {
    const server = await startServer({ HOST_TIMEOUT: '2' }, ['counted']);
    t.after(() => server.kill('SIGKILL'));
    const page = await (await browser.newContext()).newPage();
    await startRun(page, server.url, 'counted', { log: newLog(), count: '1', ms: '10' });
    await done(page);
    await server.kill('SIGKILL');
    const off = await startServer({ SERVICE_WORKER: 'off', PORT: new URL(server.url).port });
    t.after(() => off.kill('SIGKILL'));
    await page.goto(off.url);
    assert.equal(await page.locator('script[src*=register]').count(), 0);
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/runs/x'))?.update());
    await workerIs(page, 'gone');
    await page.context().close();
  });
});
