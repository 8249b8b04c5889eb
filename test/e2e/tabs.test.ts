import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { gated } from '../fixtures/gated.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { launchChromium, UNMOVED } from './browser.js';

describe('one run, many who ask', { concurrency: true }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ HOST_TIMEOUT: '2' }, ['counted']);
    ({ browser, close } = await launchChromium(UNMOVED));
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  it('executes each step once in two tabs and with a double click', async () => {
    const { fields, letThrough, executions } = gated(12);
    const context = await browser.newContext({ locale: 'en' });
    const page = await context.newPage();
    await page.goto(`${server.url}/jobs/counted`);
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
    await page.dblclick('form[action="/runs"] button.main');
    // By its first step, the second click has ended what the first one began.
    letThrough(3);
    await page.waitForSelector('#run[data-seq="3"]');
    const url = page.url().split('?')[0] ?? '';
    const second = await context.newPage();
    await second.goto(url);
    letThrough(6);
    for (const tab of [page, second]) await tab.waitForSelector('#run[data-seq="6"]');
    letThrough(12);
    for (const tab of [page, second]) await tab.waitForSelector('#run[data-status=done]');
    const steps = executions().filter((key) => url.endsWith(key.split(':')[0] ?? ''));
    assert.equal(new Set(steps).size, 12);
    assert.equal(steps.length, 12);
    assert.equal(executions().length, 12, 'two presses started one run');
    await context.close();
  });

  it('executes each step once when every request is sent three times at once', async () => {
    const { fields, letThrough, executions } = gated(10);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', fields);
    for (let seq = 0; seq < 10; ) {
      letThrough(seq + 1);
      const answers = await Promise.all([1, 2, 3].map(() => visitor.get(`${path}?seq=${seq}`)));
      // One that comes late is told of what was recorded in the meantime.
      seq = Math.max(...answers.map((answer) => runHeader(answer).seq));
    }
    assert.equal(executions().length, 10);
  });
});
