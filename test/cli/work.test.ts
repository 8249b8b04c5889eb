import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { CommandLineUser, jobFile, type Started } from '../fixtures/command.js';
import { gated } from '../fixtures/gated.js';
import { newerNode } from '../fixtures/newer-node.js';
import { until } from '../fixtures/patience.js';
import { PostgresServer } from '../fixtures/postgres.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

const node = newerNode();
const skip = node === null && 'no Node.js 22.12 or later is here, and none could be fetched';

/** Looks at the run, which executes nothing, until it is as wanted. */
function seen(visitor: Visitor, path: string, isWanted: (run: ReturnType<typeof runHeader>) => boolean) {
  return until(`${isWanted}`, async () => {
    const run = runHeader(await visitor.get(path));
    return isWanted(run) && run;
  });
}

const isDone = ({ status }: { status: string }) => status === 'done';

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

  /** Who has the run: each claim has a higher epoch. */
  async function claimOf(path: string): Promise<{ epoch: number; isFree: boolean }> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    const columns = 'epoch::int, coalesce(lease_until, 0) <= extract(epoch FROM clock_timestamp()) * 1000 AS "isFree"';
    const { rows } = await client.query(`SELECT ${columns} FROM tobiishi.runs WHERE id = $1`, [path.split('/').at(-1)]);
    await client.end();
    return rows[0];
  }

  it('executes a run that nobody asks for, at once, and again when it is resumed', async () => {
    const worker = await startWorker();
    const visitor = new Visitor(server.url);
    const { fields, letThrough, executions } = gated(30);
    const path = await visitor.start('counted', fields);
    letThrough(9);
    await seen(visitor, path, ({ seq }) => seq === 9);
    await visitor.submit(path, `${path}/pause`);
    letThrough(30);
    const { status } = await seen(visitor, path, ({ seq }) => seq > 9);
    assert.equal(status, 'paused', 'with the step that was at work');
    await visitor.submit(path, `${path}/resume`);
    await seen(visitor, path, isDone);
    assert.equal(new Set(executions()).size, 30);
    assert.equal(executions().length, 30, 'each step once');
    worker.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });

  it('hands over what it has at work when it is stopped, and loses nothing when it is killed', async () => {
    const visitor = new Visitor(server.url);
    const { fields, letThrough, executions } = gated(24, 100);
    const first = await startWorker();
    const path = await visitor.start('counted', fields);
    letThrough(2);
    await seen(visitor, path, ({ seq }) => seq === 2);
    const held = await claimOf(path);
    const second = await startWorker();
    first.kill('SIGTERM');
    letThrough(23);
    const { code, out, err } = await first.ended;
    assert.equal(code, 0, out + err);
    const left = await claimOf(path);
    assert.ok(left.epoch > held.epoch || left.isFree, 'nobody waits for its lease to end');
    await until('the last step is at work', () => executions().length === 24);
    assert.equal(new Set(executions()).size, 24, 'each step once');
    const third = await startWorker();
    second.kill('SIGKILL');
    letThrough(24);
    await seen(visitor, path, isDone);
    assert.equal(new Set(executions()).size, 24);
    assert.ok(executions().length <= 25, 'the step at work was executed again');
    third.kill('SIGTERM');
    await third.ended;
  });
});
