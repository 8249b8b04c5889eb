import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startFaultProxy } from '../fixtures/faults.js';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { PAGES, type Pages } from '../fixtures/worker.js';
import { launchChromium, launchShell } from './browser.js';

type Left = { left?: boolean };

// A few side by side: each has a browser context of its own, and most of its time is waiting.
describe('the wait job in a real browser', { concurrency: 4 }, () => {
  let server: Server;
  /** A whole browser, and what is enough where neither motion nor its Back is looked at. */
  let whole: Awaited<ReturnType<typeof launchChromium>>;
  let shell: Awaited<ReturnType<typeof launchShell>>;

  before(async () => {
    server = await startServer();
    [whole, shell] = await Promise.all([launchChromium(), launchShell()]);
  });
  after(async () => {
    await Promise.all([whole.close(), shell.close()]);
    await server.kill('SIGKILL');
  });

  /** Types a wait and presses the button, nothing more. */
  async function send(page: Page, seconds: string, pages: Pages = 'quiet', origin = server.url): Promise<void> {
    await page.goto(`${origin}/?pages=${pages}`);
    await page.goto(`${origin}/jobs/wait`);
    await page.fill('[name=seconds]', seconds);
    await page.press('[name=seconds]', 'Enter', { noWaitAfter: true });
  }

  /** Reports each sequence number that the page showed. */
  async function note(page: Page): Promise<string[]> {
    const seen: string[] = [];
    await page.exposeFunction('noteSeq', (seq: string) => seen.at(-1) !== seq && seen.push(seq));
    await page.addInitScript(() => {
      new MutationObserver(() => {
        const seq = document.querySelector('#seq')?.textContent;
        if (seq) (globalThis as unknown as { noteSeq: (seq: string) => void }).noteSeq(seq);
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
    return seen;
  }

  /** Reports of each page of a run whether the page before faded into it. */
  async function noteFading(page: Page): Promise<boolean[]> {
    const faded: boolean[] = [];
    await page.exposeFunction('noteFading', (fades: boolean) => faded.push(fades));
    await page.addInitScript(() => {
      addEventListener('pagereveal', (event) => {
        const { noteFading } = globalThis as unknown as { noteFading: (fades: boolean) => void };
        const fades = (event as unknown as { viewTransition: object | null }).viewTransition !== null;
        if (location.pathname.startsWith('/runs/')) noteFading(fades);
      });
    });
    return faded;
  }

  for (const pages of PAGES) {
    it(`climbs 0 to 5 by itself on ${pages} pages, and Back leaves the chain`, async (t) => {
      const page = await (await whole.browser.newContext()).newPage();
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      const faded = await noteFading(page);
      const seen = await note(page);
      await send(page, '1', pages);
      await page.waitForSelector('#run[data-status=done]');
      t.diagnostic(`sequence numbers seen: ${seen.join(', ')}`);
      assert.deepEqual(seen, ['0', '1', '2', '3', '4', '5']);
      if (pages === 'plain') assert.ok(!faded.includes(true), 'between steps it would take time');
      assert.deepEqual(errors, []);
      // The page that chose, the form and the run; one more where the chain loads pages.
      const entries = await page.evaluate(() => history.length);
      assert.ok(entries <= (pages === 'quiet' ? 4 : 5), `${entries} entries of history`);
      let presses = 0;
      const run = page.url();
      while (page.url().includes('/runs/')) {
        await page.evaluate(() => {
          (globalThis as Left).left = true;
          history.back();
        });
        await page.waitForFunction(() => (globalThis as Left).left !== true);
        presses += 1;
        assert.ok(presses <= (pages === 'quiet' ? 1 : 2), `still at ${page.url()} after ${presses} presses`);
      }
      t.diagnostic(`Back pressed ${presses} times, arrived at ${page.url()}`);
      // A page that takes too long to come does not fade: a busy machine is given another.
      const fades = () => pages === 'plain' || faded.includes(true);
      for (let again = 0; again < 10 && !fades(); again += 1) {
        await page.evaluate((run) => location.assign(run), run);
        await page.waitForURL(run);
        await page.evaluate((form) => location.assign(form), `${server.url}/jobs/wait`);
        await page.waitForURL(`${server.url}/jobs/wait`);
      }
      assert.ok(fades(), 'from the form to the run');
      await page.context().close();
    });
  }

  for (const [missing, fault] of [
    ['quiet.js', 'refuse'],
    ['idiomorph.js', 'refuse'],
    ['idiomorph.js', 'hang'],
  ] as const) {
    it(`goes on in whole pages when ${missing} does not come (${fault})`, async (t) => {
      // Not refused by Playwright, whose interception alone has Chromium make an entry for some steps.
      const proxy = await startFaultProxy(server.url, {
        choose: (path) => (path.startsWith(`/${missing}`) ? fault : null),
        // The wait for what hangs is made shorter, and nothing else.
        rewrite: (path, text) =>
          path.startsWith('/quiet.js') ? text.replace('ON_THE_WAY_MS = 3000', 'ON_THE_WAY_MS = 1000') : text,
      });
      t.after(() => proxy.close());
      const page = await (await shell.browser.newContext()).newPage();
      await send(page, '1', 'quiet', proxy.url);
      await page.waitForSelector('#run[data-status=done]');
      assert.equal(await page.textContent('#seq'), '5');
      assert.ok(proxy.met.length > 0);
      assert.ok((await page.evaluate(() => history.length)) <= 5, 'no entry for each step');
      await page.context().close();
    });
  }

  it('climbs to 5 without JavaScript, by the refresh in the page', async (t) => {
    const page = await (await shell.browser.newContext({ javaScriptEnabled: false })).newPage();
    await send(page, '1');
    await page.waitForSelector('#run[data-status=done]');
    const seq = await page.textContent('#seq');
    t.diagnostic(`sequence number at the end: ${seq}`);
    assert.equal(seq, '5');
    await page.context().close();
  });

  it('is driven by a client that only follows numbers', async () => {
    const visitor = new Visitor(server.url);
    const path = await visitor.start('wait', { seconds: '1' });
    const { seen } = await visitor.drive(path);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
  });

  it('leaves an error at the field and keeps what was typed', async () => {
    const page = await (await shell.browser.newContext()).newPage();
    await page.goto(`${server.url}/jobs/wait`);
    await page.fill('[name=seconds]', '3601');
    await page.locator('form[action="/runs"]').evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await page.press('[name=seconds]', 'Enter');
    await page.waitForSelector('[aria-invalid=true]');
    assert.equal(await page.inputValue('[name=seconds]'), '3601');
    await page.context().close();
  });
});
