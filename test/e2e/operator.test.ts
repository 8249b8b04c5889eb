import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { visitorsFrom } from '../fixtures/visitor-from.js';
import { type Site, startSite } from '../pages/site.js';
import { launchShell } from './browser.js';

const PASSWORD = 'run by the operator';
const RUNS = 200;
const ABUSIVE = 12;
const HOST = 'victim.example';
/** Asks the host, and has something left to do. */
const asking = defineJob({
  name: 'asking',
  input: z.object({}),
  plan: () => [1, 2],
  async step(item: number, { turn, throttle }) {
    if (item === 2) return throttle(60_000);
    await turn(HOST, 0);
    return {};
  },
});
const SCREENSHOTS = process.env['SCREENSHOTS'];

describe('an operator with two hundred runs', () => {
  let site: Site;
  let visitors: ReturnType<typeof visitorsFrom>;
  let browser: Browser;
  let close: () => Promise<void>;
  before(async () => {
    site = await startSite([asking], { operator: `password:${PASSWORD}`, maxUnfinished: 300 });
    visitors = visitorsFrom(site.url);
    ({ browser, close } = await launchShell());
    for (let i = 0; i < RUNS - ABUSIVE; i += 1) {
      await site.runs.start(
        asking,
        {},
        { visitorId: `visitor ${i % 40}`, network: null, address: `203.0.113.${i % 40}` },
      );
    }
  });
  after(async () => {
    await close();
    visitors.close();
    await site.close();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`finds an abusive visitor from a complaint and stops all of it, in Japanese on a telephone, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async (t) => {
      const address = javaScriptEnabled ? '198.51.100.66' : '198.51.100.67';
      const abuser = await visitors.from(address);
      for (let i = 0; i < ABUSIVE; i += 1) await abuser.get(`${await abuser.start('asking')}?seq=0`);
      const context = await browser.newContext({
        javaScriptEnabled,
        locale: 'ja-JP',
        viewport: { width: 375, height: 700 },
      });
      t.after(() => context.close());
      await seeThrough(context, address, javaScriptEnabled ? 'with' : 'without');
      assert.equal((await abuser.get('/')).status, 403);
      const running = await site.store.searchRuns(
        { status: 'running', job: null, visitorId: null, network: null, host: null },
        1000,
      );
      assert.equal(running.length, RUNS - ABUSIVE, 'everybody else goes on');
      await site.blocks.remove('network', address);
    });
  }

  /** Each step is a link or a button of the page before it. */
  async function seeThrough(context: BrowserContext, address: string, name: string): Promise<void> {
    const page = await context.newPage();
    const shoot = async (what: string) => {
      if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${what}-${name}.png`, fullPage: false });
      const scrollWidth = await page.locator('html').evaluate((html) => html.scrollWidth);
      assert.ok(scrollWidth <= 375, `${what} is ${scrollWidth} px wide`);
    };
    const press = (selector: string) => Promise.all([page.waitForNavigation(), page.locator(selector).first().click()]);
    await page.goto(`${site.url}/operator`);
    await page.fill('[name="password"]', PASSWORD);
    await press('main button');
    await shoot('runs');
    await press('nav.tabs a:has-text("読み取りの記録")');
    await page.fill('[name="host"]', HOST);
    await press('form.filters button');
    await shoot('log');
    await press(`a[href*="address=${address}"]`);
    assert.equal(await page.locator('tbody tr').count(), ABUSIVE);
    await press(`a[href*="kind=network"]`);
    await page.fill('[name="reason"]', '苦情がありました。');
    await shoot('block');
    await press('form.form button');
    await shoot('blocks');
    await press('nav.tabs a:has-text("実行")');
    await page.fill('[name="address"]', address);
    await press('form.filters button');
    await press('th a[href^="/operator/runs/"]');
    await shoot('run');
    await press('dl a[href*="?visitor="]');
    await page.check('[name="sure"]');
    await shoot('found');
    await press('button.danger');
    assert.deepEqual([...new Set(await page.locator('tbody .chip').allTextContents())], ['中止']);
    await press('nav.tabs a:has-text("負荷")');
    await shoot('load');
  }
});
