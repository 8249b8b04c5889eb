import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Request } from 'playwright-core';
import { gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchShell } from './browser.js';

it('the home page follows its runs until the last one ends, and leaves off when told to', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off' }, ['counted']);
  t.after(() => server.kill('SIGKILL'));
  const { browser, close } = await launchShell();
  t.after(close);
  const visitor = new Visitor(server.url);
  const { fields, letThrough, executions } = gated(3);
  const path = await visitor.start('counted', fields);
  // It is at work for as long as the test takes: one that nobody drives is said to wait after a while.
  const driven = visitor.drive(path);
  await until('a step is at work', () => executions().length === 1);
  const context = await browser.newContext();
  await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
  const page = await context.newPage();
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  let asked = 0;
  const asks = (request: Request) => request.resourceType() === 'fetch' && !request.url().endsWith('/healthz');
  page.on('request', (request) => {
    if (asks(request)) asked += 1;
  });
  /** Of the page's clock, and a request of ours behind those that the page may have made. */
  const aMinute = async () => {
    await page.clock.runFor(60_000);
    await page.evaluate(() => fetch('/healthz').then((answer) => answer.text()));
  };
  await page.goto(server.url);
  assert.equal(await page.textContent('#live'), 'Stop updating');
  const answered = page.waitForEvent('requestfinished', asks);
  while (asked === 0) await page.clock.runFor(1000);
  await answered;
  assert.equal(asked, 1);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Stop updating', 'first of all');
  await page.keyboard.press('Enter');
  assert.equal(await page.textContent('#live'), 'Keep up to date');
  letThrough(3);
  await driven;
  await aMinute();
  assert.equal(asked, 1);
  assert.match((await page.textContent('.runs')) ?? '', /At work/);
  await page.click('#live');
  await page.waitForSelector('.runs .chip.done');
  assert.match((await page.textContent('.runs')) ?? '', /3 \/ 3[\s\S]*CSV[\s\S]*Open/);
  assert.ok(await page.isHidden('#live'));
  const before = asked;
  await aMinute();
  assert.equal(asked, before, 'nothing runs any more');
});

it('the demonstration counts in the page, by a run that is as real as any', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off' });
  t.after(() => server.kill('SIGKILL'));
  const { browser, close } = await launchShell();
  t.after(close);
  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  await page.goto(server.url);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('seq=')) asked.push(new URL(request.url()).search);
  });
  // Each sentence is there for a moment.
  const said = await page.evaluateHandle(() => {
    const said: (string | null)[] = [];
    const place = document.getElementById('demo-says');
    const note = () => said.push(place?.textContent ?? null);
    if (place) new MutationObserver(note).observe(place, { childList: true, characterData: true, subtree: true });
    return said;
  });
  await page.click('#demo-start');
  await page.waitForSelector('#demo-says a');
  assert.match((await said.jsonValue()).join('\n'), /Step 3 is a request of its own/);
  assert.match((await page.textContent('#demo-count .seq')) ?? '', /^5\s+\/ 5$/);
  assert.deepEqual(asked, ['?seq=0', '?seq=1', '?seq=2', '?seq=3', '?seq=4']);
  assert.equal(new URL(page.url()).pathname, '/', 'it stayed there');
  await page.click('#demo-says a');
  await page.waitForSelector('#run[data-status=done][data-seq="5"]');
});

it('without JavaScript, the demonstration is a form that is filled in', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off' });
  t.after(() => server.kill('SIGKILL'));
  const { browser, close } = await launchShell();
  t.after(close);
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(server.url);
  await page.click('#demo-start');
  assert.equal(await page.inputValue('[name=seconds]'), '1');
});
