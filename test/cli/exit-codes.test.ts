import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js';
import { HELP } from '../../src/cli/help.js';

const run = { status: 'done', failedCount: 0, warnings: [] } as const;

it('a run ends with a code that says how', () => {
  assert.equal(exitCodeOf(run), EXIT.done);
  assert.equal(exitCodeOf({ ...run, warnings: ['a column is empty'] }), EXIT.doneWithWarnings);
  assert.equal(exitCodeOf({ ...run, failedCount: 1, warnings: ['a column is empty'] }), EXIT.failedSteps);
  assert.equal(exitCodeOf({ ...run, status: 'failed' }), EXIT.failedSteps);
  for (const status of ['running', 'paused', 'cancelled'] as const) {
    assert.equal(exitCodeOf({ ...run, status }), EXIT.stopped);
  }
  assert.equal(exitCodeOf(null), EXIT.stopped);
});

it('the help names each code', () => {
  const line = /Exit codes: .*/.exec(HELP)?.[0] ?? '';
  assert.deepEqual(
    [...line.matchAll(/(\d) \w/g)].map(([, code]) => Number(code)),
    Object.values(EXIT),
  );
});
