import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchChromium } from './browser.js';

describe('the wait job in a real browser', () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer();
    ({ browser, close } = await launchChromium());
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  /** Types a wait and presses the button, nothing more. */
  async function send(page: Page, seconds: string): Promise<void> {
    await page.goto(server.url);
    await page.goto(`${server.url}/jobs/wait`);
    await page.fill('[name=seconds]', seconds);
    await Promise.all([page.waitForURL(/\/runs\//), page.press('[name=seconds]', 'Enter')]);
  }

  /** Every sequence number that a document of the page showed, until the run is done. */
  async function watch(page: Page): Promise<number[]> {
    const seen: number[] = [];
    for (;;) {
      // A page that is just being left has nothing to say.
      const state = await page
        .evaluate(() => ({
          seq: Number(document.querySelector('#seq')?.textContent),
          status: document.querySelector<HTMLElement>('#run')?.dataset['status'],
        }))
        .catch(() => null);
      if (state?.status !== undefined && seen.at(-1) !== state.seq) seen.push(state.seq);
      if (state?.status === 'done') return seen;
      await page.waitForTimeout(50);
    }
  }

  it('climbs 0 to 5 by itself, and Back leaves the chain', async (t) => {
    const page = await (await browser.newContext()).newPage();
    await send(page, '1');
    const seen = await watch(page);
    t.diagnostic(`sequence numbers seen: ${seen.join(', ')}`);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
    let presses = 0;
    while (page.url().includes('/runs/')) {
      await page.goBack();
      presses += 1;
      assert.ok(presses <= 2, `still at ${page.url()} after ${presses} presses`);
    }
    t.diagnostic(`Back pressed ${presses} times, arrived at ${page.url()}`);
    await page.context().close();
  });

  it('climbs to 5 without JavaScript, by the refresh in the page', async (t) => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await send(page, '1');
    const seen: string[] = [];
    for (;;) {
      const status = await page.getAttribute('#run', 'data-status').catch(() => null);
      const seq = await page.textContent('#seq').catch(() => null);
      if (seq !== null && seen.at(-1) !== seq) seen.push(seq);
      if (status === 'done') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.diagnostic(`sequence numbers seen: ${seen.join(', ')}`);
    assert.equal(seen.at(-1), '5');
    await page.context().close();
  });

  it('is driven by a client that only follows numbers', async () => {
    const visitor = new Visitor(server.url);
    const path = await visitor.start('wait', { seconds: '1' });
    const { seen } = await visitor.drive(path);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
  });

  it('leaves an error at the field and keeps what was typed', async () => {
    const page = await (await browser.newContext()).newPage();
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
