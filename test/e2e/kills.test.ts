import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

const newLog = () => join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
const executions = (log: string) => readFileSync(log, 'utf8').trim().split('\n');

// Side by side: each has a server of its own, and most of its time is waiting.
describe('a server that is killed', { concurrency: true }, () => {
  it('goes on from the last recorded step', async () => {
    const log = newLog();
    const server = await startServer({}, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', { log, count: '8', ms: '400' });
    const kills = 3;
    for (let i = 0; i < kills; i += 1) {
      const { seq } = runHeader(await visitor.get(path));
      const cut = visitor.get(`${path}?seq=${seq}`).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, 600));
      await server.kill('SIGKILL');
      await cut;
      await server.start();
    }
    const { response } = await visitor.drive(path);
    assert.deepEqual(runHeader(response), { status: 'done', seq: 8, total: 8 });
    const rows = (await (await visitor.get(`${path}/rows.json`)).json()) as { number: number }[];
    assert.deepEqual(
      rows.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.ok(executions(log).length <= 8 + kills, `${executions(log).length} executions`);
    await server.kill('SIGKILL');
  });

  for (const [store, env] of [
    ['SQLite', {}],
    ['the cookie store', { DATABASE_URL: 'cookie:', SESSION_SECRET: 'a-secret-of-the-test-long-enough' }],
  ] as const) {
    it(`by one of its own steps fails that step after three attempts, with ${store}`, async () => {
      const log = newLog();
      const server = await startServer(env, ['deadly']);
      const visitor = new Visitor(server.url);
      const path = await visitor.start('deadly', { log });
      let run = runHeader(await visitor.get(path));
      // As a browser drives it, and as a host starts what has ended.
      for (let again = ''; run.status === 'running'; ) {
        const response = await visitor.get(`${path}?seq=${run.seq}${again}`).catch(() => null);
        if (response !== null) run = runHeader(response);
        else {
          await server.kill('SIGKILL');
          await server.start();
        }
        again = response === null ? '&try=1' : '';
      }
      assert.deepEqual({ ...run }, { status: 'failed', seq: 1, total: 3 });
      assert.deepEqual(executions(log), ['1', '2', '2', '2']);
      assert.equal((await new Visitor(server.url).get('/')).status, 200, 'others are served');
      await server.kill('SIGKILL');
    });
  }

  it('goes on by itself with runs whose page is gone, where it is told to', async () => {
    const log = newLog();
    const server = await startServer({ BACKGROUND: 'on' }, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', { log, count: '20', ms: '100' });
    await visitor.get(`${path}?seq=0`);
    await server.kill('SIGKILL');
    await server.start();
    // Looked at only: nobody asks for a step any more.
    let run = runHeader(await visitor.get(path));
    const until = Date.now() + 30_000;
    while (run.status === 'running' && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      run = runHeader(await visitor.get(path));
    }
    assert.deepEqual({ ...run }, { status: 'done', seq: 20, total: 20 });
    assert.ok(executions(log).length <= 21);
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  it('by SIGTERM records the step at work, exits with 0, and leaves the next to the next process', async () => {
    const log = newLog();
    const server = await startServer({}, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', { log, count: '3', ms: '1500' });
    const answered = visitor.get(`${path}?seq=0`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await server.kill('SIGTERM'), 0);
    assert.equal(runHeader(await answered).seq, 1);
    await server.start();
    const { response } = await visitor.drive(path);
    assert.equal(runHeader(response).status, 'done');
    assert.equal(executions(log).length, 3);
    await server.kill('SIGKILL');
  });
});
