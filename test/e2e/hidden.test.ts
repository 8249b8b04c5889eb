import assert from 'node:assert/strict';
import { it } from 'node:test';
import { gated } from '../fixtures/gated.js';
import { startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { PAGES } from '../fixtures/worker.js';
import { startChromium } from './browser.js';
import { DevTools } from './devtools.js';

const STEPS = 6;
/** In a hidden tab a timer waits for the next whole second, later for the next minute: here none ever fires. */
const NO_TIMERS = 'globalThis.setTimeout = globalThis.setInterval = () => 0';

it('a tab that is hidden goes on as fast as one that is looked at: it needs no timer', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off', HOST_TIMEOUT: '1' }, ['counted']);
  t.after(() => server.kill('SIGKILL'));
  const { address, end } = await startChromium();
  t.after(end);
  const devTools = await DevTools.connect(address);
  t.after(() => devTools.close());
  const visitor = new Visitor(server.url);
  for (const pages of PAGES) {
    await visitor.get(`/?pages=${pages}`);
    const { fields, letThrough } = gated(STEPS);
    const path = await visitor.start('counted', fields);
    const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url }));
    await devTools.send('Storage.setCookies', { cookies });
    const tab = await devTools.open(server.url);
    await tab.until(`location.origin === "${server.url}" && document.readyState === "complete"`);
    await tab.beforeEachPage(NO_TIMERS);
    await devTools.open('about:blank');
    await tab.until('document.hidden');
    await tab.evaluate(`location.href = "${path}"`);
    for (let seq = 1; seq <= STEPS; seq += 1) {
      letThrough(seq);
      await tab.until(`document.getElementById("seq")?.textContent === "${seq}"`);
    }
    await tab.until('document.getElementById("run")?.dataset.status === "done"');
    assert.equal(await tab.evaluate('document.visibilityState'), 'hidden');
    assert.equal(await tab.evaluate('setTimeout(() => {})'), 0, 'there was no timer');
  }
});
