import assert from 'node:assert/strict';
import { it } from 'node:test';
import { LEFT_OUT_ROWS, limitedOutcome } from '../../src/engine/outcome-limits.js';

function limited(count: number, cell: string) {
  const stats: Record<string, number> = {};
  const outcome = limitedOutcome({ rows: Array.from({ length: count }, () => ({ a: cell })) }, stats);
  const bytes = Buffer.byteLength(JSON.stringify(outcome.rows));
  return { kept: outcome.rows?.length, leftOut: stats[LEFT_OUT_ROWS], bytes };
}

for (const [kind, cell] of [
  ['plain text', 'x'.repeat(1_000_000)],
  ['Japanese, of three bytes a character', '石'.repeat(333_333)],
  ['control characters, of six bytes each in JSON', '\u0001'.repeat(166_666)],
  ['quotation marks', '"'.repeat(500_000)],
] as const)
  it(`a step keeps the rows that fit in 5 MB, and the others are counted: ${kind}`, () => {
    const { kept, leftOut, bytes } = limited(8, cell);
    assert.deepEqual({ kept, leftOut }, { kept: 4, leftOut: 4 });
    assert.ok(bytes < 5_000_000, `${bytes} bytes`);
    assert.deepEqual([limited(3, cell).kept, limited(3, cell).leftOut], [3, undefined]);
  });

it('one row that is too large is left out, and the others are kept', () => {
  const stats: Record<string, number> = {};
  const wide = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`column ${i}`, { html: 'x'.repeat(100_000) }]));
  assert.deepEqual(limitedOutcome({ rows: [{ a: 1 }, wide, { a: 2 }] }, stats).rows, [{ a: 1 }, { a: 2 }]);
  assert.equal(stats[LEFT_OUT_ROWS], 1);
});
