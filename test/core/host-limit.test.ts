import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWithin, type HostSeen, stillSeen, withCut } from '../../src/core/host-limit.js';

const HOUR_MS = 60 * 60_000;
const NOW = Date.UTC(2026, 0, 1);

/** What is seen after requests that were cut after so long, one step after the other. */
function after(cutsMs: readonly number[], seen: HostSeen | null = null, now = NOW): HostSeen | null {
  return cutsMs.reduce<HostSeen | null>((before, ms, seq) => withCut(before, { seq, ms }, now), seen);
}

describe('the limit of the host, as one visitor saw it', () => {
  it('is believed when two cuts agree, and halved for the answers', () => {
    assert.equal(after([6021])?.limitMs, null);
    assert.equal(after([6021, 30_000, 6004])?.limitMs, 6004);
    assert.equal(answerWithin(8000, after([6021, 6004]), null), 3002);
    assert.equal(answerWithin(2000, after([6021, 6004]), null), 2000, 'only ever sooner');
  });

  it('is not learned from refusals, from cuts at different times, or from the same cut told twice', () => {
    assert.equal(after([12, 13, 12]), null);
    assert.equal(after([10_000, 20_000, 30_000, 40_000])?.limitMs, null);
    assert.equal(after([9_000_000, 9_000_001]), null);
    const once = after([3000]);
    assert.deepEqual(withCut(once, { seq: 0, ms: 3000 }, NOW + 1), once);
  });

  it('only ever falls, never below answers after a second, and is forgotten after an hour', () => {
    const low = after([1100, 1101], after([30_000, 30_001]));
    assert.equal(low?.limitMs, 1100);
    assert.equal(answerWithin(8000, low, null), 1000);
    const later = after([30_002, 30_003], low, NOW + HOUR_MS / 2);
    assert.equal(later?.limitMs, 1100);
    assert.equal(stillSeen(later, NOW + HOUR_MS)?.limitMs, 1100);
    assert.equal(stillSeen(later, NOW + HOUR_MS + 1)?.limitMs, null);
    assert.equal(stillSeen(later, NOW + 2 * HOUR_MS), null);
    assert.equal(stillSeen(low, NOW - HOUR_MS - 1), null, 'noted by a clock that was ahead');
  });

  it('is heeded once before it is believed: the answer that carries the news home must not be cut', () => {
    assert.equal(answerWithin(8000, after([3000]), { seq: 0, ms: 3000 }), 1500);
    assert.equal(answerWithin(8000, after([3000]), null), 8000);
    assert.equal(answerWithin(8000, null, { seq: 0, ms: 12 }), 8000);
  });

  it('stays small, however many cuts there are', () => {
    const cuts = Array.from({ length: 1000 }, (_, i) => 1000 + i * 599);
    assert.ok(JSON.stringify(after(cuts)).length < 180);
  });
});
