import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { FAULTS, startFaultProxy } from '../fixtures/faults.js';
import { gated } from '../fixtures/gated.js';
import { type Server, startServer } from '../fixtures/server.js';
import { done, PAGES, startRun } from '../fixtures/worker.js';
import { launchChromium, UNMOVED } from './browser.js';

/** Of the service worker and of quiet pages, each wait and what it is to be. */
const SHORTER = [
  ['FIRST_WAIT_S = 3', 'FIRST_WAIT_S = 0.2'],
  ['LONGEST_WAIT_S = 30', 'LONGEST_WAIT_S = 0.8'],
  ['"patienceMs":4000', '"patienceMs":2000'],
  ['LONGEST_ANSWER_MS = 60_000', 'LONGEST_ANSWER_MS = 4000'],
  ['ON_THE_WAY_MS = 3000', 'ON_THE_WAY_MS = 1000'],
] as const;

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

  for (const pages of PAGES) {
    it(`on ${pages} pages a run of 100 steps comes through 20 faults of all kinds, every step once`, async (t) => {
      const below = random(20_261_123);
      let left = 20;
      const { fields, letThrough, executions } = gated(100, 100);
      const proxy = await startFaultProxy(server.url, {
        choose(path) {
          if (left === 0 || !isStep(path) || below(3) === 0) return null;
          left -= 1;
          // The last step waits for the last fault.
          letThrough(left === 0 ? 100 : 99);
          return FAULTS[below(FAULTS.length)] ?? null;
        },
        // Waits are made shorter, and nothing else.
        rewrite: (_path, text) => SHORTER.reduce((shorter, [wait, instead]) => shorter.replace(wait, instead), text),
      });
      t.after(() => proxy.close());
      const page = await (await browser.newContext()).newPage();
      await startRun(page, proxy.url, 'counted', fields, pages);
      await done(page);
      const counts = FAULTS.map((fault) => `${fault} ${proxy.met.filter((each) => each.fault === fault).length}`);
      t.diagnostic(`faults: ${counts.join(', ')}`);
      assert.equal(left, 0, 'every fault was met');
      assert.equal(executions().length, 100);
      assert.equal(new Set(executions()).size, 100);
    });
  }
});
