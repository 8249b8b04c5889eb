import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LEFT_OUT_ROWS, limitedOutcome, ROWS_SIZE } from '../../src/engine/outcome-limits.js';

const MEGABYTE = 'x'.repeat(1_000_000);

function limited(count: number, before = 0) {
  const stats: Record<string, number> = {};
  const outcome = limitedOutcome({ rows: Array.from({ length: count }, () => ({ a: MEGABYTE })) }, before, stats);
  return { kept: outcome.rows?.length, leftOut: stats[LEFT_OUT_ROWS], size: stats[ROWS_SIZE] };
}

it('a step keeps the rows that fit in 5 MB, and the others are counted', () => {
  const { kept, leftOut } = limited(8);
  assert.deepEqual({ kept, leftOut }, { kept: 4, leftOut: 4 });
  assert.deepEqual(limited(3), { kept: 3, leftOut: undefined, size: 3 * 1_000_007 });
});

it('a run keeps 100 MB', () => {
  assert.equal(limited(1, 98_000_000).kept, 1);
  assert.deepEqual(limited(1, 99_500_000), { kept: 0, leftOut: 1, size: 0 });
});

it('cells that are no texts count, too', () => {
  const stats: Record<string, number> = {};
  limitedOutcome({ rows: [{ a: 1, b: null, c: { d: 'xx' } }] }, 0, stats);
  assert.equal(stats[ROWS_SIZE], 3 + 3 * 6 + 8 + 8 + 10);
});
