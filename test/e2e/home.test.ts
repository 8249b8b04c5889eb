import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { launchChromium } from './browser.js';

it('the home page follows its runs until the last one ends, and leaves off when told to', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off' }, ['counted']);
  t.after(() => server.kill('SIGKILL'));
  const { browser, close } = await launchChromium();
  t.after(close);
  const visitor = new Visitor(server.url);
  const log = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
  const path = await visitor.start('counted', { log, count: '3', ms: '10' });
  const context = await browser.newContext();
  await context.addCookies([...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url })));
  const page = await context.newPage();
  let asked = 0;
  page.on('request', (request) => {
    if (request.resourceType() === 'fetch') asked += 1;
  });
  await page.goto(server.url);
  assert.equal(await page.textContent('#live'), 'Stop updating');
  await page.click('#live');
  await visitor.drive(path);
  await page.waitForTimeout(4000);
  assert.equal(asked, 0);
  assert.match((await page.textContent('.runs')) ?? '', /Running/);
  await page.click('#live');
  await page.waitForSelector('.runs .chip.done');
  assert.match((await page.textContent('.runs')) ?? '', /3 \/ 3[\s\S]*CSV[\s\S]*Open/);
  assert.ok(await page.isHidden('#live'));
  const before = asked;
  await page.waitForTimeout(4000);
  assert.equal(asked, before, 'nothing runs any more');
});
