import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { StepError } from '../../src/core/errors.js';
import { runLog } from '../../src/engine/run-log.js';
import { bench, jobOf } from '../fixtures/engine.js';

test('what a job throws is in the log with class, message and stack', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const job = jobOf(2, {
    onFailure: 'continue',
    step: async (item) => {
      if (item === 1) throw new StepError('gone', 'no such page', { retry: false });
      throw new RangeError('a bug', { cause: new Error('deep inside') });
    },
  });
  const { start, ask, clock } = bench(job, { observer: runLog(log) });
  const run = await start();
  for (let i = 0; i < 3; i += 1) {
    const asked = ask(run);
    await clock.advance(5000);
    await asked;
  }
  const told = lines.map(({ level, msg, run: id, position, next }) => [level, msg, id === run.id, position, next]);
  assert.deepEqual(told, [
    [30, 'run started', true, undefined, undefined],
    [30, 'step failed', true, 1, 'record'],
    [40, 'step failed', true, 2, 'retry'],
    [40, 'step failed', true, 2, 'retry'],
    [40, 'step failed', true, 2, 'record'],
    [30, 'run done', true, undefined, undefined],
  ]);
  const { type, message, stack } = (lines[2]?.['err'] ?? {}) as Record<string, string>;
  assert.deepEqual([type, message], ['RangeError', 'a bug: deep inside']);
  assert.match(stack ?? '', /run-log\.test\.[jt]s.*caused by: Error: deep inside/s);
});
