import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { TobiishiError } from '../../src/core/errors.js';
import { startFaultProxy } from '../fixtures/faults.js';
import { until } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { workerIs } from '../fixtures/worker.js';
import { rows } from '../pages/jobs.js';
import { startSite } from '../pages/site.js';
import { bringAxe, violations as violationsIn } from './axe.js';
import { launchShell } from './browser.js';
import { Tab } from './tab.js';

const OPERATOR = 'the password of the operator';
const MOST_BYTES = 15_000;
/** Of windows at a zoom of 400 % and of 200 %, in pixels: nobody has to scroll sideways. */
const WIDTHS = [320, 640];

/** What axe found, as "rule: element". */
const violations = (tab: Tab, look?: Parameters<typeof violationsIn>[1]) =>
  violationsIn((code) => tab.evaluate(code), look);

const inScheme = (tab: Tab, value: 'light' | 'dark') =>
  tab.cdp.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });

// Two side by side: one page is held for five seconds.
describe('every page, for everybody', { concurrency: 2 }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;
  const visitor = () => new Visitor(server.url);
  let owner: Visitor;
  const pages = new Map<string, string>();

  before(async () => {
    server = await startServer({ SERVICE_WORKER: 'off', BACKGROUND: 'on', OPERATOR: `password:${OPERATOR}` }, [
      'failing',
      'untidy',
    ]);
    ({ browser, close } = await launchShell());
    owner = visitor();
    const add = (name: string, path: string) => pages.set(name, path);
    add('home', '/');
    add('form of wait', '/jobs/wait');
    add('form of scrape', '/jobs/scrape');
    add('host', '/host');
    add('probe', '/host/probe?seconds=5');
    add('not found', '/nothing');
    // Each document of it lasts as long as an answer is held.
    const running = await owner.start('wait', { seconds: '3600' });
    await (await owner.get(`${running}?seq=0`)).text();
    add('running', running);
    add('running, plain', `${running}?pages=plain`);
    add('running, quiet', `${running}?pages=quiet`);
    add('delete', `${running}/delete`);
    add('share', `${running}/share`);
    add('cancel', `${running}/cancel`);
    const paused = await owner.start('wait', { seconds: '3600' });
    await owner.submit(paused, `${paused}/pause`);
    add('paused', paused);
    const failed = await owner.start('failing');
    await owner.drive(failed);
    add('failed', failed);
    add('skip', `${failed}/skip`);
    const done = await owner.start('untidy', { count: '60', bad: '3' });
    await owner.drive(done);
    add('done, with failures and figures', done);
    add('rows in full', `${done}/rows`);
    add('name', `${done}/name`);
    add('files', `${done}/files`);
    const daily = { repeat: 'daily', time: '06:00', weekday: '1', zone: 'Asia/Tokyo', cron: '' };
    assert.equal((await owner.submit(`${done}/schedule`, `${done}/schedule`, daily)).status, 303);
    add('home, with what is repeated', '/?status=done');
    add('schedule', `${done}/schedule`);
    await owner.submit('/tokens', '/tokens');
    add('tokens', '/tokens');
    const cancelled = await owner.start('wait', { seconds: '3600' });
    await owner.submit(cancelled, `${cancelled}/cancel`);
    add('cancelled', cancelled);
    for (const [name, path] of [
      ['running', running],
      ['done', done],
    ] as const) {
      await owner.submit(`${path}/share`, `${path}/share`);
      const link = /href="(\/shared\/[\w-]+)"/.exec(await (await owner.get(`${path}/share`)).text())?.[1] ?? '';
      add(`${name}, to others`, link);
    }
    await owner.post('/login', { gate: 'operator', to: '/operator', password: OPERATOR });
    add('operator', '/operator');
    add('operator, a run', `/operator${failed}`);
    for (const page of ['errors', 'log', 'blocks?kind=host&value=example.org', 'load'])
      add(`operator, ${page}`, `/operator/${page}`);
    add('privacy', '/privacy');
    add('shared, revoked', `/shared/${'A'.repeat(22)}`);
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  async function contextOf(options: object): Promise<BrowserContext> {
    return (await staying(options)).context;
  }

  /** Whose pages of runs stay where they are. */
  async function staying(options: object) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    await context.addCookies([...owner.cookies].map(([name, value]) => ({ name, value, url: server.url })));
    return { context, gate: await Tab.stay(context) };
  }

  /** Opens the page, and everything on it that can be opened. */
  async function open(tab: Tab, path: string): Promise<void> {
    await tab.goto(server.url + path);
    await tab.evaluate('for (const details of document.querySelectorAll("details")) details.open = true;');
  }

  for (const locale of ['en-US', 'ja-JP']) {
    it(`has no violation of WCAG 2.2 AA in either colour scheme, and fits narrow windows (${locale})`, async () => {
      const context = await contextOf({ locale });
      const tab = await Tab.open(context);
      await bringAxe(tab);
      for (const [name, path] of pages) {
        await open(tab, path);
        assert.equal(await tab.evaluate('document.documentElement.lang'), locale.slice(0, 2), name);
        if (locale === 'en-US') {
          await inScheme(tab, 'light');
          assert.deepEqual(await violations(tab), [], name);
          await inScheme(tab, 'dark');
          assert.deepEqual(await violations(tab, 'colours'), [], `${name}, dark`);
        } else assert.deepEqual(await violations(tab, 'all but colours'), [], name);
        for (const width of WIDTHS) {
          await tab.resize(width, 700);
          const over = await tab.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
        }
        await tab.resize(1280, 900);
      }
      await context.close();
    });
  }

  it('has no violation in a form with wrong fields', async () => {
    const context = await contextOf({});
    const tab = await Tab.open(context);
    await tab.goto(`${server.url}/jobs/scrape`);
    await tab.evaluate('document.querySelector(\'form[action="/runs"]\').submit()');
    await tab.until('document.querySelector("[aria-invalid=true]")');
    assert.deepEqual(await violations(tab), []);
    await context.close();
  });

  it('has no violation where something is refused, at fault or away', async (t) => {
    const site = await startSite([rows]);
    t.after(() => site.close());
    const context = await browser.newContext();
    const tab = await Tab.open(context);
    const check = async (name: string, shown: string) => {
      await tab.until(`document.readyState === 'complete' && ${shown}`);
      assert.deepEqual(await violations(tab), [], name);
    };
    const send = (form: string, action: string) =>
      tab.evaluate(`{ const form = document.querySelector('${form}'); form.action = '${action}'; form.submit(); }`);
    await tab.goto(`${site.url}/jobs/rows`);
    await tab.evaluate('document.querySelector("[name=_csrf]").value = "old"');
    await send('#job', '/runs');
    await check('403', 'document.querySelector("[role=alert]")');
    await send('#job', '/runs');
    await tab.until('document.querySelector("#run[data-status=done]")');
    const path = await tab.evaluate<string>('location.pathname');
    await tab.goto(`${site.url}${path}/delete`);
    await send('form', `${path}/pause`);
    await check('409', 'document.querySelector(".error .code")?.textContent === "409"');
    const list = site.store.listRuns;
    for (const [status, fault] of [
      ['500', new Error('a fault')],
      ['503', new TobiishiError('store-unavailable', 'gone')],
    ] as const) {
      site.store.listRuns = async () => Promise.reject(fault);
      await tab.goto(site.url);
      await check(status, `document.querySelector(".error .code")?.textContent === "${status}"`);
    }
    site.store.listRuns = list;
    site.log.length = 0;
    await context.close();
  });

  it('has no violation where the host answers in place of a run, and stopping is the first key there, too', async (t) => {
    const site = await startSite([rows]);
    const proxy = await startFaultProxy(site.url, { choose: (path) => (path.startsWith('/runs/') ? 'refuse' : null) });
    t.after(() => Promise.all([proxy.close(), site.close()]));
    const context = await browser.newContext();
    const tab = await Tab.open(context);
    await tab.goto(proxy.url);
    await workerIs(tab.page, 'activated');
    for (const language of ['en', 'ja']) {
      // The later try waits longest.
      await tab.goto(`${proxy.url}/runs/${'A'.repeat(22)}?seq=1&try=9&lang=${language}`);
      await tab.until('document.getElementById("left").textContent');
      assert.equal(await tab.evaluate('document.documentElement.lang'), language);
      const check = async (name: string) => {
        await inScheme(tab, 'light');
        assert.deepEqual(await violations(tab), [], `${name}, ${language}`);
        await inScheme(tab, 'dark');
        assert.deepEqual(await violations(tab, 'colours'), [], `${name}, ${language}, dark`);
      };
      await check('trying');
      await tab.press('Tab');
      await tab.press('Enter');
      await tab.until('document.activeElement.id === "now"');
      await check('stopped');
    }
    await context.close();
  });

  it('shows what a preview found beside the form, below it in a narrow window, and puts the reader there', async () => {
    for (const width of [1280, 375]) {
      const context = await contextOf({ viewport: { width, height: 900 } });
      const tab = await Tab.open(context);
      await tab.goto(`${server.url}/jobs/scrape?urls=http://127.0.0.1/&columns=a:b`);
      await tab.evaluate('document.querySelector("button[formaction*=preview]").click()');
      await tab.until('document.activeElement.id === "tried"');
      const beside =
        'tried.getBoundingClientRect().left >= document.querySelector(".asking").getBoundingClientRect().right';
      assert.equal(await tab.evaluate(beside), width > 1000, `${width} px`);
      assert.deepEqual(await violations(tab), []);
      await context.close();
    }
  });

  it('fades from page to page and lets a stone breathe, but moves nothing for those who want no motion', async () => {
    for (const [reducedMotion, fades, moving] of [
      ['no-preference', true, 1],
      ['reduce', false, 0],
    ] as const) {
      const context = await contextOf({ reducedMotion });
      await context.addInitScript(() => {
        addEventListener('pagereveal', (event) => {
          document.documentElement.dataset['fades'] = String(
            'viewTransition' in event && event.viewTransition !== null,
          );
        });
      });
      const tab = await Tab.open(context);
      const seen: boolean[] = [];
      await tab.goto(server.url);
      // A page that takes too long to come does not fade: a busy machine is given another.
      do {
        for (const path of ['/jobs/wait', pages.get('running') ?? '']) {
          await tab.evaluate(`location.href = ${JSON.stringify(path)}`);
          await tab.until(`location.pathname === ${JSON.stringify(path)} && document.documentElement.dataset.fades`);
          seen.push(await tab.evaluate('document.documentElement.dataset.fades === "true"'));
        }
      } while (fades && !seen.includes(true) && seen.length < 20);
      assert.equal(seen.includes(true), fades);
      // The one that shows the form of a page that stands still moves nothing.
      const moves = '(a) => !a.effect.pseudoElement && a.animationName !== "stuck"';
      assert.equal(await tab.evaluate(`document.getAnimations().filter(${moves}).length`), moving);
      await context.close();
    }
  });

  it(`is under ${MOST_BYTES} bytes a page, and is seen after less than 50,000 in all`, async (t) => {
    const sizes = new Map<string, number>();
    const sizeOf = async (address: string) => {
      if (!sizes.has(address)) {
        const bytes = (await (await owner.get(address)).arrayBuffer()).byteLength;
        t.diagnostic(`${address}: ${bytes} bytes`);
        sizes.set(address, bytes);
      }
      return sizes.get(address) ?? 0;
    };
    for (const [name, path] of pages) {
      // Stacks of a hundred failures, for the operator alone.
      if (path === '/operator/errors') continue;
      const html = await (await owner.get(path)).text();
      const bytes = Buffer.byteLength(html);
      assert.ok(bytes < MOST_BYTES, name);
      let [painted, all] = [bytes, bytes];
      for (const [, address = '', rest = ''] of html.matchAll(/(?:src|href)="(\/[\w.-]+\?v=[\w-]+)"([^>]*)>/g)) {
        all += await sizeOf(address);
        // What is deferred keeps nobody waiting.
        if (!/\bdefer\b/.test(rest)) painted += await sizeOf(address);
      }
      t.diagnostic(`${name}: ${bytes} bytes, seen after ${painted}, ${all} in all`);
      assert.ok(painted < 50_000, `${name} is seen after ${painted} bytes`);
      assert.ok(all < 75_000, `${name} has ${all} bytes in all`);
    }
    assert.ok(sizes.size >= 6);
  });

  it('is driven by the keyboard alone: start, pause first of all, resume, cancel after asking', async () => {
    const context = await browser.newContext();
    await Tab.stay(context);
    const tab = await Tab.open(context);
    /** How often Tab was pressed until the focus was on what has this id or text. */
    const tabTo = async (wanted: string, most = 25) => {
      for (let i = 1; i <= most; i += 1) {
        await tab.press('Tab');
        const now = await tab.evaluate<string[]>(
          '[document.activeElement.id, document.activeElement.textContent.trim()]',
        );
        if (now.includes(wanted)) return i;
      }
      return assert.fail(`${wanted} is not within ${most} tabs`);
    };
    const status = (wanted: string) =>
      tab.until(`run.dataset.status === '${wanted}' && document.readyState === 'complete'`);
    await tab.goto(server.url);
    await tabTo('Wait (a demonstration)');
    await tab.press('Enter');
    await tab.until('document.getElementById("f-seconds") && document.readyState === "complete"');
    await tabTo('f-seconds');
    await tab.type('3600');
    await tab.press('Enter');
    await status('running');
    assert.equal(await tabTo('stop-first'), 1);
    await tab.press('Enter');
    await status('paused');
    await tab.until('document.activeElement.id === "resume"');
    await tab.press('Enter');
    await status('running');
    await tabTo('Cancel…');
    await tab.press('Enter');
    await tab.until('location.pathname.endsWith("/cancel") && document.readyState === "complete"');
    await tabTo('Cancel this run');
    await tab.press('Enter');
    await status('cancelled');
    await context.close();
  });

  it('without JavaScript, one key leads to the button that pauses, on any page of a run that goes on', async () => {
    const { context, gate } = await staying({ javaScriptEnabled: false });
    const page = await context.newPage();
    const path = await owner.start('untidy', { count: '2000', ms: '20' });
    await (await owner.get(`${path}?seq=0`)).text();
    await page.goto(server.url + path);
    await until('the page has asked for the next step', () => gate.refused > 0);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#run[data-status=paused]');
    await context.close();
  });
});
