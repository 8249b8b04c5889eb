import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Server, startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchShell } from './browser.js';

describe('what a run has found, in its page', () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    server = await startServer({ SERVICE_WORKER: 'off' }, ['priced']);
    ({ browser, close } = await launchShell());
    const visitor = new Visitor(server.url);
    const path = await visitor.start('priced', { count: '60' });
    await visitor.drive(path);
    context = await browser.newContext({ locale: 'en', timezoneId: 'Pacific/Auckland' });
    await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
    page = await context.newPage();
    await page.goto(server.url + path);
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  const cells = (column: number) => page.locator(`#table tbody td:nth-of-type(${column})`).allTextContents();

  it('comes first, and the first twenty rows with it, their addresses links', async () => {
    assert.equal(await page.textContent('.outcome .sum'), '60 rows');
    assert.equal((await cells(1)).length, 20);
    assert.equal(await page.getAttribute('#table tbody a', 'href'), 'https://shop.example/1');
  });

  it('is sorted by its numbers, all of it, both ways', async () => {
    await page.click('#table th button:text("price")');
    await page.waitForSelector('#found');
    assert.deepEqual((await cells(2)).slice(0, 3), ['¥20', '¥40', '¥60']);
    assert.equal((await cells(2)).length, 60);
    await page.click('#table th button:text("price")');
    assert.deepEqual((await cells(2)).slice(0, 2), ['¥1,200', '¥1,180']);
    assert.equal(await page.getAttribute('#table th:has-text("price")', 'aria-sort'), 'descending');
  });

  it('is searched, and says how much was found', async () => {
    await page.fill('#table input[type=search]', 'bowl 57');
    await page.waitForSelector('#found:text("1 of 60 rows")');
    assert.deepEqual(await cells(1), ['bowl 57']);
  });

  it('is copied for a spreadsheet, whole', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
    await page.bringToFront();
    await page.click('button:text("Copy as a table")');
    await page.waitForSelector('button:text("Copied")');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    const lines = text.split('\n');
    assert.equal(lines[0], 'name\tprice\tlink');
    assert.equal(lines[1], 'bowl 1\t¥20\thttps://shop.example/1');
    assert.equal(lines.length, 61);
  });

  it('is offered next time in the format that was used last', async () => {
    assert.equal(await page.textContent('#downloads a.main'), 'Download CSV');
    await Promise.all([page.waitForEvent('download'), page.click('#downloads [data-format=xlsx]')]);
    await page.reload();
    assert.equal(await page.textContent('#downloads a.main'), 'Download Excel');
  });

  it('is dated by the visitor’s clock', async () => {
    const iso = await page.getAttribute('.about time', 'datetime');
    const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Pacific/Auckland' } as const;
    assert.equal(
      await page.textContent('.about time'),
      new Intl.DateTimeFormat('en', options).format(new Date(iso ?? '')),
    );
  });

  it('is there for whoever was sent the link, which a press copies', async () => {
    await page.click('text=Share…');
    await page.click('text=Make a link');
    const address = await page.inputValue('#address');
    await page.click('button:text("Copy")');
    await page.waitForSelector('button:text("Copied")');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), address);
    const stranger = await browser.newPage();
    await stranger.goto(address);
    assert.equal(await stranger.textContent('.outcome .sum'), '60 rows');
    await stranger.close();
  });
});
