import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob, type JobDefinition } from '../../src/core/job.js';
import { isUpload, type Upload } from '../../src/core/upload.js';
import { previewJob, runJob, uploadFrom } from '../../src/testing/index.js';

const INPUT = z.object({ count: z.coerce.number().default(3) });

const counting = (more: Partial<JobDefinition<typeof INPUT, number>> = {}) =>
  defineJob<typeof INPUT, number>({
    name: 'counting',
    input: INPUT,
    plan: ({ count }) => Array.from({ length: count }, (_, i) => i + 1),
    step: async (item) => ({ rows: [{ item }], note: `did ${item}` }),
    ...more,
  });

const items = (rows: readonly object[]) => rows.map((row) => Object.values(row)[0]);

describe('a job on the bench', () => {
  it('runs from its plan to its end, by the input that a form would send', async () => {
    const { run, rows, notes, steps, failures, executions } = await runJob(counting(), { count: '2' });
    assert.equal(run.status, 'done');
    assert.deepEqual(rows, [{ item: 1 }, { item: 2 }]);
    assert.deepEqual(notes, ['did 1', 'did 2']);
    assert.deepEqual([steps.length, failures.length, executions.length], [2, 0, 2]);
  });

  it('gives the steps the secrets and the files of the form, and shows the files that they return', async () => {
    const job = defineJob({
      name: 'copying',
      input: z.object({
        key: z.string().meta({ widget: 'secret' }),
        file: z.custom<Upload>(isUpload).meta({ widget: 'file' }),
      }),
      plan: () => [1],
      step: async (_, { input, file }) => ({
        rows: [{ key: input.key }],
        files: [{ name: 'copy.txt', content: file('file').stream() }],
      }),
    });
    const { rows, files } = await runJob(job, { key: 'k3y', file: uploadFrom('a.txt', 'stone') });
    assert.deepEqual(rows, [{ key: 'k3y' }]);
    assert.deepEqual(
      files.map(({ name, bytes }) => [name, String(Buffer.from(bytes))]),
      [['copy.txt', 'stone']],
    );
  });

  it('skips every wait, however long, and waits for what is real', async () => {
    const job = counting({
      stepTimeoutMs: 24 * 3_600_000,
      step: async (item, { clock, signal, turn }) => {
        await turn('somewhere', 60_000);
        if (item === 2) await pause(20);
        else await clock.sleep(600_000, signal);
        return { rows: [{ item }] };
      },
    });
    const { rows, elapsedMs } = await runJob(job, {});
    assert.deepEqual(items(rows), [1, 2, 3]);
    assert.equal(elapsedMs, 600_000 + 60_000 + 600_000);
  });

  it('shows what failed and what was thrown', async () => {
    const broken = new StepError('gone', 'it is gone', { retry: false });
    const job = counting({
      onFailure: 'continue',
      step: async (item, { attempt }) => {
        if (item === 2) throw broken;
        if (item === 3 && attempt === 1) throw new Error('not yet');
        return {};
      },
    });
    const { run, failures, executions } = await runJob(job, {});
    assert.deepEqual([run.status, run.failedCount], ['done', 1]);
    assert.deepEqual(
      failures.map(({ item, failure }) => [item, failure?.code]),
      [[2, 'gone']],
    );
    assert.equal(executions.find(({ item }) => item === 2)?.thrown, broken);
    assert.deepEqual(
      executions.filter(({ item }) => item === 3).map(({ attempt }) => attempt),
      [1, 2],
    );
  });

  it('shows the step that gave up where the run stops', async () => {
    const { run, failures, rows } = await runJob(
      counting({
        step: async (item) => {
          if (item === 2) throw new StepError('gone', 'it is gone', { retry: false });
          return { rows: [{ item }] };
        },
      }),
      {},
    );
    assert.deepEqual([run.status, items(rows)], ['failed', [1]]);
    assert.deepEqual(
      failures.map(({ item }) => item),
      [2],
    );
  });

  it('previews, and says what the schema says of a wrong input', async () => {
    const preview = { findings: [], rows: [{ item: 1 }] };
    assert.deepEqual(await previewJob(counting({ preview: async () => preview }), {}), preview);
    await assert.rejects(runJob(counting(), { count: 'many' }), { name: 'ZodError' });
  });

  it('is stopped when it would never end', async () => {
    const endless = counting({ plan: () => [1], step: async (item) => ({ items: [item + 1] }) });
    await assert.rejects(runJob(endless, {}, { maxExecutions: 50 }), /not done after 50 executions/);
  });
});

describe('a job that is interrupted', () => {
  it('executes the lost step again with the same key, and ends as if nothing had happened', async () => {
    const { run, rows, executions } = await runJob(counting(), {}, { interruptAfter: [2, 3] });
    assert.equal(run.status, 'done');
    assert.deepEqual(items(rows), [1, 2, 3]);
    assert.deepEqual(
      executions.map(({ item, attempt }) => [item, attempt]),
      [
        [1, 1],
        [2, 1],
        [2, 2],
        [2, 3],
        [3, 1],
      ],
    );
    assert.equal(new Set(executions.map(({ idempotencyKey }) => idempotencyKey)).size, 3);
  });

  it('loses what it kept in memory, when it is made anew for each process', async () => {
    const remembering = () => {
      let sum = 0;
      return counting({
        step: async (item) => {
          sum += item;
          return { rows: [{ sum }] };
        },
      });
    };
    assert.deepEqual(items((await runJob(remembering, {})).rows), [1, 3, 6]);
    assert.deepEqual(items((await runJob(remembering, {}, { interruptAfter: 2 })).rows), [1, 2, 5]);
  });

  it('gives up a step that ends its process every time', async () => {
    const { run, failures } = await runJob(counting(), {}, { interruptAfter: ({ item }) => item === 2 });
    assert.deepEqual([run.status, run.seq], ['failed', 1]);
    assert.equal(failures[0]?.failure?.code, 'killed');
  });
});
