import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { findProxy, type ProxyName, startProxy } from '../fixtures/real-proxy.js';
import { type Server, startServer } from '../fixtures/server.js';
import { done, noteAway, startRun } from '../fixtures/worker.js';
import { launchShell } from './browser.js';

/** The pages come after one second: a busy machine has all the rest. */
const LIMIT_S = 15;
const HOST_TIMEOUT = '2';

describe('behind a real proxy that cuts requests after fifteen seconds', { concurrency: true }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ HOST_TIMEOUT }, ['counted']);
    ({ browser, close } = await launchShell());
  });
  after(async () => {
    await close();
    await server.kill('SIGKILL');
  });

  /** Each status that the page got, from the server, the proxy or the worker. */
  function statuses(page: Page): Set<number> {
    const seen = new Set<number>();
    page.on('response', (response) => seen.add(response.status()));
    return seen;
  }

  for (const name of ['nginx', 'haproxy'] as const satisfies ProxyName[]) {
    const program = findProxy(name);
    it(`${name}: a step longer than the limit ends well, and with the answer held the 504 strikes and is survived`, {
      skip: program === null ? `${name} is not installed` : false,
    }, async (t) => {
      assert.ok(program);
      const proxy = await startProxy(name, program, server.url, LIMIT_S);
      t.after(() => proxy.close());
      const [calm, held] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()];
      const [long, longToo] = [gated(2), gated(2)];
      const seen = statuses(calm);
      await startRun(calm, proxy.url, 'counted', long.fields);
      await until('its step has begun', () => long.executions().length === 1);
      const { away } = await noteAway(held);
      await startRun(held, proxy.url, 'counted', { ...longToo.fields, hold: true }, 'plain');
      // That takes the limit: the step that had begun before is longer.
      const { text: said } = await away;
      t.diagnostic(said.replace(/\s+/g, ' ').trim());
      assert.match(said, /504/);
      for (const { letThrough } of [long, longToo]) letThrough(2);
      await Promise.all([done(calm), done(held)]);
      for (const { executions } of [long, longToo]) assert.equal(executions().length, 2);
      assert.deepEqual(
        [...seen].filter((status) => status >= 400),
        [],
      );
      await Promise.all([calm.context().close(), held.context().close()]);
    });
  }
});
