import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js';
import { helpText } from '../../src/cli/help.js';
import { makeWords } from '../../src/http/words.js';

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

it('the help names each code, and knows its texts', () => {
  for (const words of Object.values(makeWords())) {
    const help = helpText(words);
    const line = help.trim().split('\n').at(-1) ?? '';
    const codes = [...line.matchAll(/\d/g)].map(([code]) => Number(code));
    assert.deepEqual(codes, Object.values(EXIT));
    assert.doesNotMatch(help, /cli\.help/);
  }
});
