import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { systemClock } from '../../src/core/clock.js';
import { type Gated, gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { polite } from '../pages/jobs.js';
import { startSite } from '../pages/site.js';
import { launchShell } from './browser.js';

type Marked = { marked?: boolean };
type Started = { readonly visitor: Visitor; readonly path: string };

// A few side by side: each has a visitor and a browser context of its own, and most of its time is waiting.
describe('quiet pages in a real browser', { concurrency: 3 }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ HOST_TIMEOUT: '2', SERVICE_WORKER: 'off' }, ['counted', 'failing', 'trivial']);
    ({ browser, close } = await launchShell());
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  /** The visitor's browser. */
  async function contextOf(visitor: Visitor): Promise<BrowserContext> {
    const context = await browser.newContext();
    await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
    return context;
  }

  /** Opens the run, and marks its document: a page that is loaded anew has no mark. */
  async function open({ visitor, path }: Started): Promise<Page> {
    const page = await (await contextOf(visitor)).newPage();
    await page.goto(`${server.url}${path}`, { waitUntil: 'commit' });
    await page.waitForSelector('#said', { state: 'attached' });
    await page.evaluate(() => {
      (globalThis as Marked).marked = true;
    });
    return page;
  }

  const isSameDocument = (page: Page) => page.evaluate(() => (globalThis as Marked).marked === true);

  async function start(job: string, fields: Record<string, string> = {}): Promise<Started> {
    const visitor = new Visitor(server.url);
    return { visitor, path: await visitor.start(job, fields) };
  }

  /** A run that goes on for as long as the test has something to see. */
  async function startGated(count: number): Promise<Started & Gated> {
    const gate = gated(count);
    return { ...gate, ...(await start('counted', gate.fields)) };
  }

  /** Whatever else moves: the page may change under a pointer. */
  const press = (page: Page, id: string) => page.evaluate((id) => document.getElementById(id)?.click(), id);

  it('reach the end in one document, and keep what the reader opened, focused and selected', async () => {
    const run = await startGated(8);
    // There are figures once a step is recorded.
    run.letThrough(1);
    await (await run.visitor.get(`${run.path}?seq=0`)).text();
    const page = await open(run);
    const selected = await page.evaluate(() => {
      document.getElementById('figures')?.setAttribute('open', '');
      document.getElementById('pause')?.focus();
      const heading = document.querySelector('h1');
      if (heading) getSelection()?.selectAllChildren(heading);
      scrollTo(0, 40);
      return String(getSelection());
    });
    run.letThrough(4);
    await page.waitForSelector('#run[data-seq="4"]');
    const kept = await page.evaluate(() => ({
      open: document.getElementById('figures')?.hasAttribute('open'),
      focus: document.activeElement?.id,
      selected: String(getSelection()),
      scroll: scrollY,
      title: document.title,
    }));
    assert.ok(selected.length > 0);
    assert.deepEqual(kept, {
      open: true,
      focus: 'pause',
      selected,
      scroll: 40,
      title: '4/8 · counted: 8 steps · Running · Tobiishi',
    });
    run.letThrough(8);
    await page.waitForSelector('#run[data-status=done]');
    assert.ok(await isSameDocument(page));
    const end = await page.evaluate(() => ({
      said: document.getElementById('said')?.textContent,
      regions: document.querySelectorAll('[aria-live=polite], [aria-live=assertive], [role=alert], [role=status]')
        .length,
      focus: document.activeElement?.id,
      scripts: document.querySelectorAll('#run script').length,
      history: history.length,
    }));
    assert.deepEqual(end, {
      said: '8 of 8 steps recorded. Done. ',
      regions: 1,
      focus: 'content',
      scripts: 0,
      history: 2,
    });
    await page.context().close();
  });

  it('count by themselves how long a step has been at work, and show on the tab’s icon how far the run is', async () => {
    const run = await startGated(2);
    const page = await open(run);
    const icon = () => page.getAttribute('link[rel=icon]', 'href');
    const before = await icon();
    assert.match(before ?? '', /^data:image\/png/);
    await page.waitForSelector('#doing:text-matches("Step 1 has been at work for ([2-9]|\\d\\d) sec")');
    run.letThrough(2);
    await page.waitForSelector('#run[data-status=done]');
    assert.notEqual(await icon(), before);
    await page.context().close();
  });

  it('keep the screen on while the run is at work, once the visitor wants it', async () => {
    const { visitor, path, letThrough } = await startGated(6);
    const context = await contextOf(visitor);
    // There is no screen here: what is asked of the browser is noted.
    await context.addInitScript(() => {
      const held = { count: 0 };
      const request = async () => {
        held.count += 1;
        const release = async () => {
          held.count -= 1;
        };
        return { released: false, release };
      };
      Object.defineProperty(navigator, 'wakeLock', { value: { request } });
      Object.assign(globalThis, { held });
    });
    const page = await context.newPage();
    await page.goto(`${server.url}${path}`, { waitUntil: 'commit' });
    const held = () => page.evaluate(() => (globalThis as unknown as { held: { count: number } }).held.count);
    await page.waitForSelector('#awake:text("Keep the screen on")');
    assert.equal(await held(), 0);
    await press(page, 'awake');
    await page.waitForSelector('#awake:text("Let the screen go dark")');
    assert.equal(await held(), 1);
    letThrough(6);
    await page.waitForSelector('#run[data-status=done]');
    assert.equal(await held(), 0);
    await context.close();
  });

  it('say what went wrong, once', async () => {
    const page = await open(await start('failing'));
    await page.waitForSelector('#run[data-status=failed]');
    assert.ok(await isSameDocument(page));
    const said = await page.textContent('#said');
    assert.match(said ?? '', /^1 of 3 steps recorded\. Stopped at a failure\. Step 2 failed/);
    assert.equal(await page.locator('[role=alert]').count(), 0);
    await page.context().close();
  });

  it('count down what is left of a long wait, and say once that it is one, with where the run is', async (t) => {
    // On the server no time passes, and in the page what the test says.
    const time = Date.now();
    const site = await startSite([polite], { clock: { ...systemClock, now: () => time } });
    t.after(() => site.close());
    const waiting = new Visitor(site.url);
    const path = await waiting.start('polite');
    await (await waiting.get(`${path}?seq=0`)).text();
    const context = await browser.newContext({ locale: 'en' });
    await context.addCookies([...waiting.cookies].map(([name, value]) => ({ name, value, url: site.url })));
    const page = await context.newPage();
    await page.clock.install({ time });
    await page.clock.pauseAt(time + 1000);
    await page.goto(site.url + path);
    await page.clock.runFor(10_000);
    assert.equal(await page.textContent('#left'), '50 sec', 'it counts');
    assert.equal(await page.textContent('#elapsed'), '10 sec', 'and so does the time that passed');
    assert.equal(await page.textContent('#said'), '', 'what the page began with is there to read');
    await page.clock.runFor(11_000);
    const said = await page.textContent('#said');
    assert.match(said ?? '', /^1 of 2 steps recorded\. Running\.\s+Step 2 may start in 40 sec: it waits/);
    await page.clock.runFor(7000);
    assert.equal(await page.textContent('#said'), said, 'once');
    await context.close();
  });

  it('have the button that pauses first of all, as long as there is something to pause', async () => {
    const run = await startGated(4);
    const page = await open(run);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Pause');
    run.letThrough(2);
    await page.waitForSelector('#run[data-seq="2"]');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'stop-first');
    run.letThrough(4);
    await page.waitForSelector('#run[data-status=done]');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
    assert.equal(await page.locator('#stop-first').count(), 0);
    await page.context().close();
  });

  it('are paused by the same button', async () => {
    const run = await startGated(5);
    const page = await open(run);
    run.letThrough(2);
    await page.waitForSelector('#run[data-seq="2"]');
    await press(page, 'pause');
    await page.waitForSelector('#run[data-status=paused]');
    run.letThrough(5);
    const isAt = async (seq: number) => runHeader(await run.visitor.get(`${run.path}?seq=${seq}`)).seq === seq;
    await until('the step that was at work is recorded', () => isAt(3));
    assert.ok(await isAt(3), 'and no other');
    await press(page, 'resume');
    await page.waitForSelector('#run[data-status=done]');
    await page.context().close();
  });

  it('leave an answer that is no page of ours to the browser', async () => {
    const run = await startGated(2);
    const page = await open(run);
    const modes: string[] = [];
    await page.context().route('**/runs/*?seq=*', async (route) => {
      modes.push(route.request().isNavigationRequest() ? 'whole' : 'fetch');
      if (modes.length > 1) return route.continue();
      return route.fulfill({ status: 200, contentType: 'text/html', body: '<html>a login page of the host</html>' });
    });
    await page.waitForFunction(() => (globalThis as Marked).marked !== true, null);
    await page.waitForSelector('#said', { state: 'attached' });
    assert.deepEqual(modes.slice(0, 2), ['fetch', 'whole']);
    run.letThrough(2);
    await page.waitForSelector('#run[data-status=done]');
    assert.equal(new URL(page.url()).search, '', 'a reload shows the run');
    await page.context().close();
  });

  it('ask a host that is away again for as long as it takes, where no service worker does, and say so', async () => {
    const statuses = [429, 408, 502, 503, 503, 504, 503, 500];
    const run = await startGated(2);
    const page = await open(run);
    const asked: string[] = [];
    await page.context().route('**/runs/*?seq=*', async (route) => {
      asked.push(new URL(route.request().url()).search);
      const status = statuses[asked.length - 1];
      if (status !== undefined) return route.fulfill({ status, body: '<html>a page of the host</html>' });
      return route.continue();
    });
    await page.waitForSelector('.doing:text("The host did not answer")');
    assert.match((await page.textContent('#said')) ?? '', /^The host did not answer\. Your run is safe/);
    // Whoever does not want to wait presses the button.
    await until('the host is asked again, and answers', async () => {
      await page.evaluate(() => document.querySelector<HTMLElement>('.doing button')?.click());
      return asked.length > statuses.length + 1;
    });
    run.letThrough(2);
    await page.waitForSelector('#run[data-status=done]');
    assert.ok(await isSameDocument(page));
    assert.match(asked[0] ?? '', /^\?seq=\d$/);
    for (const [i, status] of statuses.entries()) {
      assert.match(asked[i + 1] ?? '', new RegExp(`^\\?seq=\\d&try=${i}&cut=${status}&after=\\d+$`));
    }
    assert.match(asked[statuses.length + 1] ?? '', /^\?seq=\d$/);
    await page.context().close();
  });

  it('ask again no sooner than they were told to, and say why', async () => {
    const run = await startGated(2);
    const page = await open(run);
    const asked: number[] = [];
    await page.context().route('**/runs/*?seq=*', async (route) => {
      asked.push(performance.now());
      if (asked.length > 2) return route.continue();
      const headers = { 'Retry-After': '2', ...(asked.length === 1 && { Tobiishi: 'page' }) };
      const body = '<!doctype html><html lang="en"><h1>Too many at once</h1></html>';
      return route.fulfill({ status: 429, headers, contentType: 'text/html', body });
    });
    await page.waitForSelector('.doing:text("Too many at once")');
    await until('the host is asked again', () => asked.length > 2);
    run.letThrough(2);
    await page.waitForSelector('#run[data-status=done]');
    assert.ok(await isSameDocument(page));
    const [first = 0, second = 0, third = 0] = asked;
    assert.ok(second - first >= 1990, `after ${second - first} ms`);
    assert.ok(third - second >= 1990, `after ${third - second} ms`);
    await page.context().close();
  });

  it('follow the host to its login', async () => {
    const page = await open(await startGated(2));
    const login = server.url.replace('localhost', '127.0.0.1');
    await page
      .context()
      .route('**/runs/*?seq=*', (route) => route.fulfill({ status: 302, headers: { location: `${login}/healthz` } }));
    await page.waitForURL(`${login}/healthz`, { waitUntil: 'commit' });
    await page.context().close();
  });

  it('go on after the network was away', async () => {
    const run = await startGated(2);
    const page = await open(run);
    await page.context().setOffline(true);
    await page.waitForSelector('.doing:text("The host did not answer")', { state: 'attached' });
    run.letThrough(2);
    await page.context().setOffline(false);
    await page.waitForSelector('#run[data-status=done]', { state: 'attached' });
    assert.ok(await isSameDocument(page));
    await page.context().close();
  });

  it('tell of the end of a long run in a hidden tab, once the visitor has asked for it', async () => {
    const { visitor, path, letThrough } = await startGated(10);
    const context = await contextOf(visitor);
    // Neither the permission nor the hiding of a tab can be had in a browser without a window.
    await context.addInitScript(() => {
      const told: string[] = [];
      class Stand extends EventTarget {
        static permission = 'default';
        static async requestPermission() {
          Stand.permission = 'granted';
          return Stand.permission;
        }
        constructor(_title: string, { body }: { body: string }) {
          super();
          told.push(body);
        }
      }
      Object.assign(globalThis, { Notification: Stand, told });
      Object.defineProperty(document, 'hidden', { get: () => true });
    });
    const page = await context.newPage();
    await page.goto(`${server.url}${path}`, { waitUntil: 'commit' });
    await page.waitForSelector('#said', { state: 'attached' });
    await page.evaluate((key) => sessionStorage.setItem(key, '0'), `watched:${path}`);
    assert.equal(await page.textContent('#notify'), 'Tell me when a long run ends');
    await press(page, 'notify');
    await page.waitForFunction(
      () => document.getElementById('notify')?.textContent === 'Stop telling me when a long run ends',
    );
    letThrough(10);
    await page.waitForSelector('#run[data-status=done]');
    const told = await page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
    assert.deepEqual(told, ['10 of 10 steps recorded. Done.']);
    await context.close();
  });

  it('end when the visitor wants plain pages again', async () => {
    const run = await startGated(2);
    const page = await open(run);
    const left = page.waitForRequest((request) => request.isNavigationRequest());
    await press(page, 'pages');
    await left;
    // A page that is always being left answers nothing: only now is there an end to come to.
    run.letThrough(2);
    await page.waitForFunction(() => (globalThis as Marked).marked !== true);
    await page.waitForSelector('#run[data-status=done]');
    assert.equal(await page.locator('script[src*="quiet.js"]').count(), 0);
    await page.context().close();
  });
});
