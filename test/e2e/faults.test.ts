import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FAULTS, startFaultProxy } from '../fixtures/faults.js';
import { startServer } from '../fixtures/server.js';
import { done, PAGES, startRun } from '../fixtures/worker.js';
import { launchChromium } from './browser.js';

const executions = (log: string) => readFileSync(log, 'utf8').trim().split('\n');
const isStep = (path: string) => /^\/runs\/[\w-]+\?seq=/.test(path);

/** Numbers below `n`, the same for the same seed. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48_271) % (2 ** 31 - 1);
    return Math.floor((state / (2 ** 31 - 1)) * n);
  };
}

// Side by side: most of their time is waiting.
describe('with the service worker', { concurrency: true }, () => {
  for (const pages of PAGES) {
    it(`on ${pages} pages a run of 100 steps comes through 20 faults of all kinds, every step once`, async (t) => {
      const server = await startServer({ HOST_TIMEOUT: '2' }, ['counted']);
      t.after(() => server.kill('SIGKILL'));
      const { browser, close } = await launchChromium();
      t.after(close);
      const below = random(20_261_123);
      let left = 20;
      const proxy = await startFaultProxy(server.url, {
        choose(path) {
          if (left === 0 || !isStep(path) || below(3) === 0) return null;
          left -= 1;
          return FAULTS[below(FAULTS.length)] ?? null;
        },
        // Waits are made shorter, and nothing else.
        rewrite: (path, text) =>
          path === '/service-worker.js'
            ? text.replace('FIRST_WAIT_S = 3', 'FIRST_WAIT_S = 0.2').replace('"patienceMs":4000', '"patienceMs":2000')
            : text,
      });
      t.after(() => proxy.close());
      const log = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
      const page = await (await browser.newContext()).newPage();
      await startRun(page, proxy.url, 'counted', { log, count: '100', ms: '150' }, pages);
      await done(page, 100_000);
      const counts = FAULTS.map((fault) => `${fault} ${proxy.met.filter((each) => each.fault === fault).length}`);
      t.diagnostic(`faults: ${counts.join(', ')}`);
      assert.equal(left, 0, 'every fault was met');
      assert.equal(executions(log).length, 100);
      assert.equal(new Set(executions(log)).size, 100);
    });
  }
});
