import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startServer } from '../fixtures/server.js';
import { Visitor } from '../fixtures/visitor.js';
import { PAGES } from '../fixtures/worker.js';
import { startChromium } from './browser.js';
import { DevTools } from './devtools.js';

/** Longer than a slice, so that each step is a page. */
const STEP_MS = 1010;
const STEPS = 6;

it('a tab that is hidden goes on as fast as one that is looked at', async (t) => {
  const server = await startServer({ SERVICE_WORKER: 'off' }, ['counted']);
  t.after(() => server.kill('SIGKILL'));
  const { address, end } = await startChromium();
  t.after(end);
  const devTools = await DevTools.connect(address);
  t.after(() => devTools.close());
  const visitor = new Visitor(server.url);
  const log = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
  for (const pages of PAGES) {
    await visitor.get(`/?pages=${pages}`);
    const path = await visitor.start('counted', { log, count: String(STEPS), ms: String(STEP_MS) });
    const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value, url: server.url }));
    await devTools.send('Storage.setCookies', { cookies });
    const tab = await devTools.open(`${server.url}${path}`);
    await tab.until('Number(document.getElementById("seq")?.textContent) >= 1');
    await devTools.open('about:blank');
    await tab.until('document.hidden');
    const seq = Number(await tab.until('document.getElementById("seq")?.textContent'));
    const hiddenAt = Date.now();
    await tab.until('document.getElementById("run")?.dataset.status === "done"');
    const each = (Date.now() - hiddenAt) / (STEPS - seq);
    assert.equal(await tab.evaluate('document.visibilityState'), 'hidden');
    t.diagnostic(`${pages}: ${Math.round(each)} ms for each of ${STEPS - seq} steps of ${STEP_MS} ms`);
    // A timer in a hidden tab waits for the next whole second: a chain of timers takes two for each step.
    assert.ok(each < STEP_MS * 1.5, `${pages}: ${each} ms`);
  }
});
