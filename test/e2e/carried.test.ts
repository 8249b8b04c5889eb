import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { launchShell } from './browser.js';

const COOKIE = { DATABASE_URL: 'cookie:', SESSION_SECRET: 'a-secret-of-the-test-long-enough' };

/** Of a run that the browser carries each step has a page of its own, however short. */
const threeSteps = () => ({ log: join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log'), count: '3', ms: '20' });

// A few side by side: each has a server of its own.
describe('a run that the browser carries', { concurrency: 3 }, () => {
  it('goes on when the server is killed between every two pages', async () => {
    const server = await startServer(COOKIE, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', threeSteps());
    const seen: number[] = [];
    for (let seq = 0; ; ) {
      await server.kill('SIGKILL');
      await server.start();
      const response = await visitor.get(`${path}?seq=${seq}`);
      const run = runHeader(response);
      seq = run.seq;
      seen.push(seq);
      if (run.status !== 'running') break;
    }
    assert.deepEqual(seen, [1, 2, 3]);
    await server.kill('SIGKILL');
  });

  for (const tries of [1, 2]) {
    it(`goes on when each page finds the server away and comes back at its try ${tries}`, async () => {
      const server = await startServer(COOKIE, ['counted']);
      const visitor = new Visitor(server.url);
      const path = await visitor.start('counted', threeSteps());
      let run = { status: 'running', seq: 0 };
      for (let pages = 0; run.status === 'running' && pages < 20; pages += 1) {
        await server.kill('SIGKILL');
        await server.start();
        run = runHeader(await visitor.get(`${path}?seq=${run.seq}&try=${tries}&cut=502&after=3`));
      }
      assert.deepEqual({ ...run }, { status: 'done', seq: 3, total: 3 });
      await server.kill('SIGKILL');
    });
  }

  it('fails at a step that ends each process at once, though that looks like a server that is away', async () => {
    const log = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
    const server = await startServer(COOKIE, ['deadly']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('deadly', { log });
    let run = { status: 'running', seq: 0 };
    for (let tries = 0; run.status === 'running'; ) {
      const again = tries > 0 ? `&try=${tries}&cut=502&after=3` : '';
      const response = await visitor.get(`${path}?seq=${run.seq}${again}`).catch(() => null);
      if (response === null) {
        await server.kill('SIGKILL');
        await server.start();
      } else run = runHeader(response);
      tries = response === null ? tries + 1 : 0;
    }
    assert.deepEqual({ ...run }, { status: 'failed', seq: 1, total: 3 });
    const executions = readFileSync(log, 'utf8').trim().split('\n');
    assert.ok(executions.length <= 6, `${executions}`);
    await server.kill('SIGKILL');
  });

  it('is paused and resumed across restarts', async () => {
    const server = await startServer(COOKIE, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', threeSteps());
    assert.equal((await visitor.submit(path, `${path}/pause`)).status, 303);
    await server.kill('SIGKILL');
    await server.start();
    assert.equal(runHeader(await visitor.get(path)).status, 'paused');
    await visitor.submit(path, `${path}/resume`);
    assert.equal(runHeader(await visitor.get(path)).status, 'running');
    await server.kill('SIGKILL');
  });

  it('stops as failed with what it has when it outgrows the cookie, and says what to set', async () => {
    const server = await startServer(COOKIE, ['noisy']);
    const visitor = new Visitor(server.url);
    const { response } = await visitor.drive(await visitor.start('noisy'));
    const { status, seq } = runHeader(response);
    assert.equal(status, 'failed');
    assert.ok(seq > 0 && seq < 100);
    assert.match(await response.text(), /DATABASE_URL/);
    const headers = [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    assert.ok(headers < 4096, `${headers} bytes of headers`);
    await server.kill('SIGKILL');
  });

  it('climbs to 5 in a real browser', async () => {
    const server = await startServer(COOKIE, ['counted']);
    const { browser, close } = await launchShell();
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${server.url}/jobs/wait`);
    await page.fill('[name=seconds]', '1');
    await page.press('[name=seconds]', 'Enter', { noWaitAfter: true });
    await page.waitForSelector('#run[data-status=done]');
    assert.equal(await page.textContent('#seq'), '5');
    await close();
    await server.kill('SIGKILL');
  });
});
