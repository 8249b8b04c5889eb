import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gated } from '../fixtures/gated.js';
import { until } from '../fixtures/patience.js';
import { startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

const newLog = () => join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'log');
const executions = (log: string) => readFileSync(log, 'utf8').trim().split('\n');

const isRefused = async (url: string) => {
  const socket = connect(Number(new URL(url).port), 'localhost');
  const refused = await once(socket, 'connect').then(
    () => false,
    () => true,
  );
  socket.destroy();
  return refused;
};

// Side by side: each has a server of its own, and most of its time is waiting.
describe('a server that is killed', { concurrency: true }, () => {
  it('goes on from the last recorded step', async () => {
    const { fields, letThrough, executions } = gated(8);
    const server = await startServer({}, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', fields);
    const kills = 3;
    for (let i = 1; i <= kills; i += 1) {
      letThrough(2 * i);
      const cut = visitor.drive(path).catch(() => null);
      // The two, the one at work, and those that were at work before.
      await until('the next step is at work', () => executions().length === 2 * i + i);
      await server.kill('SIGKILL');
      await cut;
      await server.start();
    }
    letThrough(8);
    const { response } = await visitor.drive(path);
    assert.deepEqual(runHeader(response), { status: 'done', seq: 8, total: 8 });
    const rows = (await (await visitor.get(`${path}/rows.json`)).json()) as { number: number }[];
    assert.deepEqual(
      rows.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    assert.equal(executions().length, 8 + kills, 'those that were at work, and no others, once more');
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
    const run = await until('the run has ended', async () => {
      const now = runHeader(await visitor.get(path));
      return now.status !== 'running' && now;
    });
    assert.deepEqual({ ...run }, { status: 'done', seq: 20, total: 20 });
    assert.ok(executions(log).length <= 21);
    assert.equal(await server.kill('SIGTERM'), 0);
  });

  it('by SIGTERM records the step at work, exits with 0, and leaves the next to the next process', async () => {
    const { fields, letThrough, executions } = gated(3);
    const server = await startServer({}, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', fields);
    const answered = visitor.get(`${path}?seq=0`);
    await until('a step is at work', () => executions().length === 1);
    const ended = server.kill('SIGTERM');
    await until('nobody is let in any more', () => isRefused(server.url));
    letThrough(3);
    assert.equal(await ended, 0);
    assert.equal(runHeader(await answered).seq, 1);
    await server.start();
    const { response } = await visitor.drive(path);
    assert.equal(runHeader(response).status, 'done');
    assert.equal(executions().length, 3);
    await server.kill('SIGKILL');
  });
});
