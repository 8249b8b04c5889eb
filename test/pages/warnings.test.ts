import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../src/core/job.js';
import type { Run, RunStatus } from '../../src/core/run.js';
import { warningsOf } from '../../src/pages/run/warnings.js';

const warning = { code: 'cut', message: 'cut', params: {}, isWarning: true };
const job = { warnings: () => [warning] } as unknown as Job;
const codes = (status: RunStatus, rowCount: number) =>
  warningsOf(job, { status, rowCount, stats: {} } as Run).map(({ code }) => code);

test('what a run lacks is said when it is over, and of the part that a failed one has', () => {
  assert.deepEqual(codes('done', 0), ['cut']);
  assert.deepEqual(codes('cancelled', 0), ['cut']);
  assert.deepEqual(codes('failed', 3), ['cut']);
  assert.deepEqual(codes('failed', 0), []);
  assert.deepEqual(codes('running', 3), []);
  assert.deepEqual(codes('paused', 3), []);
});
