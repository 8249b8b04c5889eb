import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { findProxy, type ProxyName, startProxy } from '../fixtures/real-proxy.js';
import { type Server, startServer } from '../fixtures/server.js';
import { done, noteAway, startRun } from '../fixtures/worker.js';
import { launchShell } from './browser.js';

const LIMIT_S = 5;
/** Longer than the limit. */
const WAIT_S = 6;
/** The pages come after half of that: a busy machine has all the rest until the limit. */
const HOST_TIMEOUT = '4';

describe('behind a real proxy that cuts requests after five seconds', { concurrency: true }, () => {
  let server: Server;
  let browser: Browser;
  let close: () => Promise<void>;

  before(async () => {
    server = await startServer({ HOST_TIMEOUT });
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
    it(`${name}: five waits, each longer than the limit, and with the answer held the 504 strikes and is survived`, {
      skip: program === null ? `${name} is not installed` : false,
    }, async (t) => {
      assert.ok(program);
      const proxy = await startProxy(name, program, server.url, LIMIT_S);
      t.after(() => proxy.close());
      const [calm, held] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()];
      const seen = statuses(calm);
      await startRun(calm, proxy.url, 'wait', { seconds: String(WAIT_S) });
      const { away } = await noteAway(held);
      await startRun(held, proxy.url, 'wait', { seconds: String(WAIT_S), hold: true }, 'plain');
      const { text: said } = await away;
      t.diagnostic(said.replace(/\s+/g, ' ').trim());
      assert.match(said, /504/);
      await Promise.all([done(calm), done(held)]);
      assert.deepEqual(
        [...seen].filter((status) => status >= 400),
        [],
      );
      await Promise.all([calm.context().close(), held.context().close()]);
    });
  }
});
