import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startFaultProxy } from '../fixtures/faults.js';
import { startServer } from '../fixtures/server.js';
import { launchShell } from './browser.js';

it('the page that measures the host finds its limit in a real browser', async (t) => {
  const server = await startServer();
  t.after(() => server.kill('SIGKILL'));
  // The shortest comes back, however late a busy machine has it.
  const proxy = await startFaultProxy(server.url, {
    cutAfterMs: (path) => (path.endsWith('seconds=5') ? Infinity : 7000),
  });
  t.after(() => proxy.close());
  const { browser, close } = await launchShell();
  t.after(close);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${proxy.url}/host`);
  await page.click('#measure');
  await page.waitForSelector('#found:not([hidden])');
  const found = (await page.textContent('#found')) ?? '';
  assert.match(found, /longest that came back took 5 sec, the shortest that did not 10 sec/);
  assert.match(found, /Set HOST_TIMEOUT=5\./);
  const cut = (await page.textContent('tr[data-seconds="10"] .result')) ?? '';
  assert.ok(Number(/ended by the host after (\d+(\.\d)?) sec: 504/.exec(cut)?.[1]) >= 7, cut);
  assert.match((await page.textContent('tr[data-seconds="125"] .result')) ?? '', /not needed/);
});
