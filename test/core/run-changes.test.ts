import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Facts, RunChange } from '../../src/core/decision.js';
import type { RunState } from '../../src/core/run.js';
import {
  cancelRun,
  claimRun,
  failRun,
  giveUpStep,
  pauseRun,
  postponeStep,
  recordStep,
  releaseClaim,
  renewClaim,
  retryRun,
  shareRun,
  skipStep,
  takeSteps,
} from '../../src/core/run-changes.js';
import { startRun } from '../../src/core/run-state.js';

const LEASE_MS = 15_000;
const NOW = 1_000_000;
const CLAIM = { runId: 'run', epoch: 0 };
const FAILURE = { code: 'broken', message: 'it broke', params: {} };
const ERROR = { name: 'TypeError', message: 'it broke', stack: 'at line 1' };
const DONE = { status: 'done', outcome: {}, items: [], stats: {} } as const;

/** A run of two steps in one lane, the first of them at work. */
function facts(change: Partial<RunState> = {}, more: Partial<Facts> = {}): Facts {
  const items = ['a', 'b'].map((item) => ({ item, key: item, lane: '' }));
  const { run, steps } = startRun(
    { id: 'run', visitorId: 'visitor', network: null, job: 'job', version: 1, input: {}, maxTotal: 10 },
    items,
    NOW,
  );
  const [step = null, next = null] = steps;
  return {
    run: { ...run, ...change },
    now: NOW,
    step: step && { ...step, attempts: 1, takenEpoch: change.epoch ?? 0 },
    next,
    heads: [],
    isKnown: (key) => key === 'a' || key === 'b',
    isBusy: (lane) => lane === '',
    ...more,
  };
}

describe('a claim', () => {
  const claimed = (run: Partial<RunState>) => claimRun('run', 0, LEASE_MS, 1).decide(facts(run))?.run;

  it('is granted on a running run at that seq whose lease is free, over, or of a clock set back', () => {
    for (const leaseUntil of [null, NOW, NOW + LEASE_MS + 1]) {
      const run = claimed({ leaseUntil });
      assert.deepEqual([run?.epoch, run?.leaseUntil], [1, NOW + LEASE_MS]);
    }
    for (const refused of [{ leaseUntil: NOW + 1 }, { seq: 1 }, { status: 'paused' as const }])
      assert.equal(claimed(refused), undefined);
    // Of a version that gives longer ones.
    const longer = facts({ leaseUntil: NOW + LEASE_MS });
    assert.equal(claimRun('run', 0, LEASE_MS - 1, 1).decide(longer), null);
  });

  it('that was released is not taken up again by a renewal', () => {
    const released = releaseClaim(CLAIM).decide(facts({ leaseUntil: NOW + 1 }))?.run;
    assert.equal(released?.leaseUntil, null);
    assert.equal(renewClaim(CLAIM, LEASE_MS).decide(facts(released)), null);
    assert.equal(renewClaim(CLAIM, LEASE_MS).decide(facts({ leaseUntil: NOW + 1 }))?.run?.leaseUntil, NOW + LEASE_MS);
  });

  it('writes nothing when no step can be taken', () => {
    const decision = takeSteps(CLAIM, 1).decide(facts());
    assert.deepEqual(decision, { answer: { steps: [], waitMs: null } });
  });
});

describe('a recorded step', () => {
  it('makes the next of its lane a head, which is handed out in the same change', () => {
    const decision = recordStep(CLAIM, 1, DONE, { take: 1 }).decide(facts({ leaseUntil: NOW + 1 }));
    assert.deepEqual(
      decision?.steps?.map(({ position, status, seq, head, attempts }) => [position, status, seq, head, attempts]),
      [
        [1, 'done', 1, false, 1],
        [2, 'waiting', null, true, 1],
      ],
    );
    assert.deepEqual([decision?.run?.seq, decision?.run?.leaseUntil], [1, NOW + 1]);
  });

  it('may hand out what it just added, which is then written once', () => {
    const recording = { ...DONE, items: [{ item: 'c', key: 'c', lane: 'new' }] };
    const decision = recordStep(CLAIM, 1, recording, { take: 2 }).decide(facts());
    assert.deepEqual(
      decision?.added?.map(({ position, attempts }) => [position, attempts]),
      [[3, 1]],
    );
    assert.deepEqual(
      decision?.steps?.map(({ position }) => position),
      [1, 2],
    );
  });

  it('ends the run with the last one, and frees the claim', () => {
    const change = recordStep(CLAIM, 1, DONE, { take: 1 });
    const run = change.decide(facts({ seq: 1, leaseUntil: NOW + 1 }, { next: null }))?.run;
    assert.deepEqual([run?.status, run?.endedAt, run?.leaseUntil], ['done', NOW, null]);
  });

  it('cannot be recorded again', () => {
    const { step, ...rest } = facts();
    const again = { ...rest, step: step && { ...step, seq: 1 } };
    assert.throws(() => recordStep(CLAIM, 1, DONE, 'release').decide(again), /run:1 is recorded already/);
    assert.throws(() => giveUpStep(CLAIM, 1, { failure: FAILURE, stats: {} }).decide(again), /recorded already/);
  });

  it('is unknown to a database that lost the moment in which it was handed out', () => {
    const { step, ...rest } = facts();
    for (const lost of [null, step && { ...step, takenEpoch: -1 }]) {
      assert.equal(recordStep(CLAIM, 1, DONE, { take: 1 }).decide({ ...rest, step: lost }), null);
      assert.equal(giveUpStep(CLAIM, 1, { failure: FAILURE, stats: {} }).decide({ ...rest, step: lost }), null);
    }
  });
});

describe('a step put back', () => {
  const back = { waitMs: 500, failure: null, toEnd: false, stats: {} };

  it('in place stays the head of its lane, its attempt given back unless it failed', () => {
    const [step, ...others] = postponeStep(CLAIM, 1, back).decide(facts())?.steps ?? [];
    assert.deepEqual([step?.head, step?.attempts, step?.dueAt, others], [true, 0, NOW + 500, []]);
    const failed = postponeStep(CLAIM, 1, { ...back, failure: FAILURE }).decide(facts())?.steps?.[0];
    assert.deepEqual([failed?.attempts, failed?.failure], [1, FAILURE]);
  });

  it('at the end of the line makes way for the next', () => {
    const steps = postponeStep(CLAIM, 1, { ...back, toEnd: true }).decide(facts())?.steps;
    assert.deepEqual(
      steps?.map(({ position, line, head }) => [position, line, head]),
      [
        [1, 3, false],
        [2, 2, true],
      ],
    );
  });

  it('is one that is at work under the claim', () => {
    assert.equal(postponeStep(CLAIM, 1, back).decide(facts({}, { step: null })), null);
    const { step } = facts();
    assert.equal(postponeStep(CLAIM, 1, back).decide(facts({}, { step: step && { ...step, takenEpoch: 5 } })), null);
  });
});

describe('what an attempt threw', () => {
  it('is kept with its step and attempt, and counted', () => {
    const attempt = { failure: FAILURE, error: ERROR, stats: {} };
    const changes: RunChange<unknown>[] = [
      postponeStep(CLAIM, 1, { ...attempt, waitMs: 0, toEnd: false }),
      recordStep(CLAIM, 1, { status: 'failed', ...attempt }, 'release'),
      giveUpStep(CLAIM, 1, attempt),
    ];
    for (const change of changes) {
      const decision = change.decide(facts({ errorCount: 4 }));
      assert.deepEqual(decision?.error, { ...ERROR, position: 1, attempt: 1, at: NOW }, change.name);
      assert.equal(decision?.run?.errorCount, 5, change.name);
    }
  });
});

describe('a change of status', () => {
  it('that makes void what the claim holder does raises the epoch and frees the claim; a pause does neither', () => {
    const running = facts({ leaseUntil: NOW + 1 });
    for (const change of [cancelRun('run'), failRun('run', 'outgrown')]) {
      const run = change.decide(running)?.run;
      assert.deepEqual([run?.epoch, run?.leaseUntil], [1, null], change.name);
    }
    const paused = pauseRun('run').decide(running)?.run;
    assert.deepEqual([paused?.epoch, paused?.leaseUntil], [0, NOW + 1]);
    assert.equal(pauseRun('run').decide(facts({ status: 'done' })), null);
  });

  it('after a step gave up gives its attempts back, or records it as skipped', () => {
    const failed = facts({ status: 'failed', reason: 'step-failed', gaveUpPosition: 1 });
    const [again] = retryRun('run').decide(failed)?.steps ?? [];
    assert.deepEqual([again?.attempts, again?.dueAt], [0, null]);
    const skipped = skipStep('run').decide(failed);
    assert.deepEqual([skipped?.run?.status, skipped?.run?.seq, skipped?.run?.gaveUpPosition], ['running', 1, null]);
    assert.deepEqual(
      skipped?.steps?.map(({ status, head }) => [status, head]),
      [
        ['skipped', false],
        ['waiting', true],
      ],
    );
    assert.equal(skipStep('run').decide({ ...failed, step: null }), null);
  });

  it('is none when a run is shared', () => {
    const { run } = shareRun('run', 'token').decide(facts({ status: 'done', updatedAt: 1 })) ?? {};
    assert.deepEqual([run?.status, run?.shareToken, run?.updatedAt], ['done', 'token', NOW]);
  });
});
