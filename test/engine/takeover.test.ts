import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settled } from '../../src/testing/index.js';
import { bench, jobOf } from '../fixtures/engine.js';

const never = () => new Promise<never>(() => {});

describe('a step that ends its process, with others at work beside it', () => {
  it('is found out by executing all of them one at a time, and is the only one that fails', async () => {
    const begun: string[] = [];
    let process = 1;
    const job = jobOf(4, {
      onFailure: 'continue',
      concurrency: 3,
      lane: (item) => String(item),
      step: async (item, { attempt }) => {
        begun.push(`${process}: ${item}, ${attempt}`);
        // In the first process everything is still at work when it dies.
        return item === 2 || process === 1 ? never() : {};
      },
    });
    const { start, ask, clock, restart, store } = bench(job);
    const run = await start();
    for (; process <= 5; process += 1) {
      void ask(run, restart()).catch(() => {});
      await settled();
      // A dead process does not renew its lease.
      clock.jump(16_000);
    }
    const { run: after } = await ask(run, restart());
    assert.deepEqual(begun, [
      '1: 1, 1',
      '1: 2, 1',
      '1: 3, 1',
      // Nobody knows which of the three it was.
      '2: 1, 1',
      '2: 2, 1',
      '3: 2, 2',
      '4: 2, 3',
      // It is given up, and the others go on.
      '5: 3, 1',
      '5: 4, 1',
    ]);
    assert.deepEqual([after.status, after.failedCount], ['done', 1]);
    assert.deepEqual(
      (await store.listFailures(run.id, null, 9)).map(({ item }) => item),
      [2],
    );
  });

  it('is told from the steps of other runs, however often they were at work in the same process', async () => {
    const begun: string[] = [];
    let process = 1;
    const job = jobOf(1, {
      step: (_, { owner, attempt }) => {
        begun.push(`${process}: ${owner}, ${attempt}`);
        return never();
      },
    });
    const { start, ask, clock, restart, store } = bench(job);
    const runs = [await start('guilty'), await start('neighbour')];
    for (; process <= 5; process += 1) {
      if (process === 3) runs.push(await start('late'));
      const driver = restart();
      for (const run of runs) void ask(run, driver).catch(() => {});
      await settled();
      clock.jump(16_000);
    }
    const [guilty, neighbour] = await Promise.all(runs.map(({ id }) => store.findRun(id)));
    assert.deepEqual([guilty?.status, guilty?.reason], ['failed', 'step-failed']);
    assert.equal(neighbour?.status, 'running');
    // Within a process in no order.
    assert.deepEqual(begun.sort(), [
      '1: visitor guilty, 1',
      '1: visitor neighbour, 1',
      // Nobody knows which of the two it was.
      '2: visitor guilty, 1',
      '3: visitor guilty, 2',
      '3: visitor late, 1',
      '4: visitor guilty, 3',
      '4: visitor late, 1',
      '5: visitor late, 1',
      '5: visitor neighbour, 1',
    ]);
  });

  it('leaves steps of one lane as they are: there is no doubt', async () => {
    const attempts: number[] = [];
    const job = jobOf(1, {
      step: async (_, { attempt }) => {
        attempts.push(attempt);
        return never();
      },
    });
    const { start, ask, clock, restart } = bench(job);
    const run = await start();
    for (let i = 0; i < 3; i += 1) {
      void ask(run, restart());
      await settled();
      clock.jump(16_000);
    }
    assert.equal((await ask(run, restart())).run.status, 'failed');
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('is nobody when the holder only let go: those at work are executed side by side again', async () => {
    let atWork = 0;
    let most = 0;
    const job = jobOf(4, {
      concurrency: 4,
      lane: (item) => String(item),
      step: async (_, { clock, signal }) => {
        atWork += 1;
        most = Math.max(most, atWork);
        await clock.sleep(60_000, signal).finally(() => {
          atWork -= 1;
        });
        return {};
      },
    });
    const { start, ask, clock, driver, restart } = bench(job);
    const run = await start();
    void ask(run);
    await settled();
    const stopped = driver.stop();
    await clock.advance(20_000);
    await stopped;
    most = 0;
    void ask(run, restart());
    await settled();
    assert.equal(most, 4);
    await clock.advance(60_000);
  });

  it('is found out where processes really die, on a file of SQLite', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tobiishi-'));
    const ledger = join(directory, 'ledger');
    const program = new URL('../fixtures/deadly-neighbours.js', import.meta.url);
    let deaths = 0;
    for (;;) {
      const child = fork(program, [join(directory, 'tobiishi.db'), ledger]);
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (signal !== 'SIGKILL') {
        assert.equal(code, 0);
        break;
      }
      deaths += 1;
      assert.ok(deaths <= 4, 'one death in company, and three attempts alone');
    }
    const lines = readFileSync(ledger, 'utf8').trim().split('\n');
    assert.equal(lines.filter((line) => line.startsWith('begun deadly')).length, deaths);
    assert.equal(lines.at(-1), 'done: 6 of 6, failed: deadly');
  });
});
