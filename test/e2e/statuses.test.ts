import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeWords } from '../../src/http/words.js';
import { gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchShell } from './browser.js';
import { Tab } from './tab.js';

// A few side by side: each has a browser context of its own, and most of its time is waiting.
describe('every status', { concurrency: 3 }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ SERVICE_WORKER: 'off', HOST_TIMEOUT: '2' }, ['counted', 'failing']);
    ({ browser, close } = await launchShell());
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  /** A context in which a visitor without a browser can drive runs as well. */
  async function contextOf(visitor: Visitor, options: object): Promise<BrowserContext> {
    await visitor.get('/jobs/wait');
    const context = await browser.newContext(options);
    await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
    return context;
  }

  const pathOf = (page: Page) => new URL(page.url()).pathname;

  // The words come from the server, whether or not there are scripts.
  for (const [javaScriptEnabled, locale, language] of [
    [true, 'en-GB', 'en'],
    [false, 'ja-JP', 'ja'],
  ] as const) {
    const { t } = makeWords()[language];
    const name = `${javaScriptEnabled ? 'with' : 'without'} JavaScript, in ${language}`;

    it(`can be left by its buttons ${name}`, async () => {
      const context = await contextOf(new Visitor(server.url), { javaScriptEnabled, locale });
      await Tab.stay(context);
      const page = await context.newPage();
      const status = async (wanted: string) => {
        await page.waitForSelector(`#run[data-status=${wanted}]`);
        assert.equal(await page.textContent('.head .chip'), t(`statuses.${wanted}`));
        assert.match(
          (await page.textContent('title')) ?? '',
          new RegExp(`^0/5 · .+ · ${t(`statuses.${wanted}`)} · Tobiishi$`),
        );
      };
      await page.goto(`${server.url}/jobs/wait?seconds=3600`);
      await page.click('button.main', { noWaitAfter: true });
      await status('running');
      assert.match((await page.textContent('#next')) ?? '', new RegExp(t('run.doNotPress')));
      assert.equal(await page.isVisible('#button'), !javaScriptEnabled);
      await page.click('#pause', { noWaitAfter: true });
      await status('paused');
      await page.click('#resume', { noWaitAfter: true });
      await status('running');
      await page.click('#cancel', { noWaitAfter: true });
      await page.click('button.danger', { noWaitAfter: true });
      await status('cancelled');
      await page.click(`text=${t('run.again')}`);
      assert.equal(await page.inputValue('[name=seconds]'), '3600');
      await context.close();
    });

    it(`says what failed, goes on, and is deleted after asking ${name}`, async () => {
      const visitor = new Visitor(server.url);
      const context = await contextOf(visitor, { javaScriptEnabled, locale });
      const gate = await Tab.stay(context);
      const page = await context.newPage();
      const path = await visitor.start('failing');
      await visitor.drive(path);
      await page.goto(server.url + path);
      assert.ok((await page.textContent('.notice'))?.includes(t('reasons.step-failed.next')));
      await page.click('#skip');
      await page.click('button.danger', { noWaitAfter: true });
      await page.waitForSelector('#run[data-status=running]');
      // Refused by fetch and then as a page, or by the refresh: nothing more comes that could get in the way.
      await until('it has asked', () => gate.refused === (javaScriptEnabled ? 2 : 1));
      await visitor.drive(path);
      await page.goto(server.url + path);
      assert.match((await page.textContent('.outcome')) ?? '', /2[\s\S]*3 \/ 3/, 'rows first, then steps');
      assert.match((await page.textContent('.failures')) ?? '', new RegExp(t('steps.skipped')));
      await page.click(`text=${t('run.delete')}`);
      await page.click(`text=${t('ask.delete.now')}`);
      await page.waitForURL(`${server.url}/`);
      assert.equal(await page.locator(`a[href="${path}"]`).count(), 0);
      await context.close();
    });
  }

  it('opened details, focus and scroll position survive the steps of plain pages', async () => {
    const visitor = new Visitor(server.url);
    const context = await contextOf(visitor, { viewport: { width: 800, height: 400 } });
    const { fields, letThrough } = gated(9);
    letThrough(1);
    const path = await visitor.start('counted', fields);
    // There are figures once a step is recorded.
    await (await visitor.get(`${path}?seq=0`)).text();
    const gate = await Tab.stay(context);
    const tab = await Tab.open(context);
    await tab.goto(`${server.url}${path}?pages=plain`);
    await tab.evaluate('document.getElementById("figures").open = true; document.getElementById("pause").focus();');
    await tab.evaluate('scrollTo(0, 60)');
    await until('it has asked', () => gate.refused > 0);
    gate.held = false;
    letThrough(2);
    await tab.evaluate('document.getElementById("button").click()');
    await tab.until('document.getElementById("run").dataset.seq === "2"');
    gate.held = true;
    gate.refused = 0;
    await until('it has asked', () => gate.refused > 0);
    await tab.until('scrollY === 60');
    assert.equal(pathOf(tab.page), path);
    assert.deepEqual(
      await tab.evaluate('[document.getElementById("figures").open, document.activeElement.id, scrollY]'),
      [true, 'pause', 60],
    );
    await context.close();
  });
});
