import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandLineUser, jobFile, type Started, temporaryFolder } from '../fixtures/command.js';
import { newerNode } from '../fixtures/newer-node.js';
import { PostgresServer } from '../fixtures/postgres.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

const node = newerNode();
const skip = node === null && 'no Node.js 22.12 or later is here, and none could be fetched';
const WITHIN_MS = 25_000;

/** Looks at the run, which executes nothing, until it is as wanted. */
async function seen(visitor: Visitor, path: string, isWanted: (run: ReturnType<typeof runHeader>) => boolean) {
  for (const until = Date.now() + WITHIN_MS; ; await sleep(20)) {
    const run = runHeader(await visitor.get(path));
    if (isWanted(run)) return run;
    assert.ok(Date.now() < until, `still ${JSON.stringify(run)}`);
  }
}

const isDone = ({ status }: { status: string }) => status === 'done';

/** A file in which each execution of a step is noted. */
function ledger() {
  const path = join(temporaryFolder(), 'log');
  return { path, read: () => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []) };
}

it('a worker says what it needs', async () => {
  const { code, err } = await new CommandLineUser().run('work', '--database=memory:');
  assert.deepEqual([code, /PostgreSQL: DATABASE_URL=.*BACKGROUND=on/.test(err)], [2, true], err);
});

describe('tobiishi work', { skip }, () => {
  let postgres: PostgresServer;
  let server: Server;
  let database: string;
  const workers: Started[] = [];

  before(async () => {
    postgres = await PostgresServer.start();
    database = await postgres.createDatabase();
    server = await startServer({ BACKGROUND: 'worker', DATABASE_URL: database }, ['counted'], node ?? '');
  });

  after(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await server?.kill('SIGKILL');
    await postgres?.close();
  });

  async function startWorker(): Promise<Started> {
    const worker = new CommandLineUser(undefined, {}, node ?? '').start(
      'work',
      '--jobs',
      jobFile('counted'),
      '--database',
      database,
    );
    workers.push(worker);
    await worker.said(/waits for runs/);
    return worker;
  }

  it('executes a run that nobody asks for, at once, and again when it is resumed', async () => {
    const worker = await startWorker();
    const visitor = new Visitor(server.url);
    const { path: log, read } = ledger();
    const path = await visitor.start('counted', { log, count: '30', ms: '100' });
    await seen(visitor, path, ({ seq }) => seq > 0);
    await visitor.submit(path, `${path}/pause`);
    const { seq } = await seen(visitor, path, ({ status }) => status === 'paused');
    assert.ok(seq < 30);
    await visitor.submit(path, `${path}/resume`);
    await seen(visitor, path, isDone);
    assert.equal(new Set(read()).size, 30);
    assert.equal(read().length, 30, 'each step once');
    worker.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });

  it('hands over what it has at work when it is stopped, and loses nothing when it is killed', async () => {
    const visitor = new Visitor(server.url);
    const { path: log, read } = ledger();
    const first = await startWorker();
    const path = await visitor.start('counted', { log, count: '24', ms: '250' });
    await seen(visitor, path, ({ seq }) => seq >= 2);
    const second = await startWorker();
    first.kill('SIGTERM');
    const { code, out, err } = await first.ended;
    assert.equal(code, 0, out + err);
    const stoppedAt = Date.now();
    const { seq } = runHeader(await visitor.get(path));
    const after = await seen(visitor, path, (run) => run.seq > seq + 1);
    assert.ok(Date.now() - stoppedAt < 4000, `at step ${after.seq} after ${Date.now() - stoppedAt} ms`);
    assert.equal(read().length, new Set(read()).size, 'each step once');
    const third = await startWorker();
    second.kill('SIGKILL');
    await seen(visitor, path, isDone);
    const executed = read();
    assert.equal(new Set(executed).size, 24);
    assert.ok(executed.length <= 25, 'the step at work was executed again');
    third.kill('SIGTERM');
    await third.ended;
  });
});
