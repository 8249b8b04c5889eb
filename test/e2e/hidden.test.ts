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
    const tab = await devTools.open(server.url);
    await tab.until(`location.origin === "${server.url}" && document.readyState === "complete"`);
    await devTools.open('about:blank');
    await tab.until('document.hidden');
    await tab.evaluate(`location.href = "${path}"`);
    const seenAt: number[] = [];
    for (let seq = 1; seq <= STEPS; seq += 1) {
      await tab.until(`Number(document.getElementById("seq")?.textContent) >= ${seq}`);
      seenAt.push(performance.now());
    }
    assert.equal(await tab.evaluate('document.visibilityState'), 'hidden');
    const each = seenAt.slice(1).map((at, index) => at - (seenAt[index] ?? 0));
    const median = each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? 0;
    t.diagnostic(`${pages}: ${Math.round(median)} ms for a step of ${STEP_MS} ms`);
    // A timer in a hidden tab waits for the next whole second: a chain of timers takes two for each step.
    assert.ok(median < STEP_MS * 1.5, `${pages}: ${median} ms`);
  }
});
