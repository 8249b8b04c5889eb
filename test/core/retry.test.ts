import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StepError, TobiishiError } from '../../src/core/errors.js';
import { Interruption } from '../../src/core/interruption.js';
import { afterThrow, backoffMs, MAX_ATTEMPTS, type ThrowContext } from '../../src/core/retry.js';

const first: ThrowContext = { attempt: 1, onFailure: 'stop', keepsPlace: false, isGivingUp: false, random: () => 1 };
const last: ThrowContext = { ...first, attempt: MAX_ATTEMPTS };
const uncounted = (waitMs: number | null) => ({ action: 'postpone', waitMs, failure: null, toEnd: false });

describe('what becomes of a step that threw', () => {
  it('is tried again after a back-off, in place where the order matters, else behind the others', () => {
    const failure = { code: 'step-threw', message: 'broken pipe', params: { message: 'broken pipe' } };
    const after = (context: ThrowContext) => afterThrow(new Error('broken pipe'), context);
    assert.deepEqual(after(first), { action: 'postpone', waitMs: 1000, failure, toEnd: false });
    assert.deepEqual(after({ ...first, attempt: 2, onFailure: 'continue' }), {
      action: 'postpone',
      waitMs: 2000,
      failure,
      toEnd: true,
    });
    const kept = after({ ...first, attempt: 2, onFailure: 'continue', keepsPlace: true });
    assert.deepEqual(kept, { action: 'postpone', waitMs: 2000, failure, toEnd: false });
  });

  it('gives up after its last attempt, or is recorded as failed where the job continues', () => {
    assert.equal(afterThrow(new Error('x'), last).action, 'give-up');
    assert.equal(afterThrow(new Error('x'), { ...last, onFailure: 'continue' }).action, 'record');
  });

  it('is not asked again for what cannot change, also when another copy of the package says so', () => {
    const gone = new StepError('gone', 'it is gone', { retry: false });
    const foreign = Object.assign(new Error('it is gone'), { name: 'StepError', failure: gone.failure, retry: false });
    for (const thrown of [gone, foreign]) {
      assert.deepEqual(afterThrow(thrown, first), { action: 'give-up', failure: gone.failure });
    }
  });

  it('has its attempt back when another gives up first: a run stops at one step', () => {
    assert.deepEqual(afterThrow(new Error('x'), { ...last, isGivingUp: true }), uncounted(null));
  });

  it('has its attempt back when it was interrupted or the store could not be reached', () => {
    assert.deepEqual(afterThrow(new Interruption('not-now', 3000), last), uncounted(3000));
    assert.deepEqual(afterThrow(new Interruption('stopping'), last), uncounted(null));
    assert.deepEqual(afterThrow(new TobiishiError('store-unavailable', 'gone'), last), uncounted(1000));
  });

  it('is thrown away once the claim is lost or the run cancelled', () => {
    assert.deepEqual(afterThrow(new Interruption('cancelled'), first), { action: 'discard' });
  });

  it('may be anything at all', () => {
    for (const thrown of [undefined, null, 'text', 3, Symbol('s'), { name: 'StepError' }, Object.create(null)]) {
      const after = afterThrow(thrown, first);
      assert.ok(after.action === 'postpone' && after.failure?.message, typeof thrown);
    }
  });
});

it('the back-off doubles up to a minute, its upper half by chance', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 50].map((attempt) => backoffMs(attempt, () => 1)),
    [1000, 2000, 4000, 60_000, 60_000],
  );
  assert.equal(
    backoffMs(2, () => 0),
    1000,
  );
});
