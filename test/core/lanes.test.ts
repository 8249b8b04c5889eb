import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addSteps, chooseNext, handOut, LOOKED_AT, upcoming } from '../../src/core/lanes.js';
import { startRun } from '../../src/core/run-state.js';
import type { NewStep, StepRecord } from '../../src/core/step.js';

const NOW = 1_000_000;
const item = (name: string, more: Partial<NewStep> = {}): NewStep => ({ item: name, key: name, lane: '', ...more });
const NEW_RUN = { id: 'run', visitorId: 'visitor', network: null, job: 'job', version: 1, input: {}, maxTotal: 100 };
const start = (...items: NewStep[]) => startRun(NEW_RUN, items, NOW);
const heads = (...lanes: Partial<StepRecord>[]): StepRecord[] =>
  start(...lanes.map((_, i) => item(`${i}`, { lane: `${i}` }))).steps.map((step, i) => ({ ...step, ...lanes[i] }));
const names = (steps: readonly { readonly item: unknown }[]) => steps.map((step) => step.item);

describe('new steps', () => {
  const add = (items: NewStep[], { total = 0, maxTotal = 100, known = '', busy = '' } = {}) =>
    addSteps(
      { id: 'run', total, maxTotal },
      items,
      (key) => key === known,
      (lane) => lane === busy,
    );

  it('are heads when nothing of their lane waits before them', () => {
    const { steps } = add([item('a'), item('b'), item('c', { lane: 'other' }), item('d', { lane: 'busy' })], {
      busy: 'busy',
    });
    assert.deepEqual(
      steps.map(({ position, head }) => [position, head]),
      [
        [1, true],
        [2, false],
        [3, true],
        [4, false],
      ],
    );
  });

  it('are left out when their key is known, and dropped past the limit, unless they do not count', () => {
    const items = [item('known'), item('a'), item('a'), item('b'), item('map', { counted: false })];
    const { steps, ...added } = add(items, { total: 3, maxTotal: 4, known: 'known' });
    assert.deepEqual(names(steps), ['a', 'map']);
    assert.deepEqual(added, { total: 5, maxTotal: 5, dropped: 1 });
  });
});

describe('steps handed out', () => {
  const { run } = start(item('a'));

  it('are those whose wait is over first, then the others as they stand in line', () => {
    const all = heads({ line: 9 }, {}, { dueAt: NOW - 1, postponedAt: NOW - 10 });
    const { steps, waitMs } = handOut({ ...run, epoch: 7 }, all, 2, NOW);
    assert.deepEqual(names(steps), ['2', '1']);
    assert.deepEqual(
      steps.map(({ attempts, takenEpoch, dueAt }) => [attempts, takenEpoch, dueAt]),
      [
        [1, 7, null],
        [1, 7, null],
      ],
    );
    assert.equal(waitMs, 0, 'one more is due');
  });

  it('are none while all must wait: then it is told for how long', () => {
    const all = heads({ dueAt: NOW + 500, postponedAt: NOW }, { dueAt: NOW + 200, postponedAt: NOW });
    assert.deepEqual(handOut(run, all, 2, NOW), { steps: [], waitMs: 200 });
  });

  it('do not wait for what a clock said before it was set back', () => {
    const all = heads({ dueAt: NOW + 60_000, postponedAt: NOW + 50_000 });
    assert.deepEqual(names(handOut(run, all, 1, NOW).steps), ['0']);
  });

  it('are none of a run that is paused', () => {
    assert.deepEqual(handOut({ ...run, status: 'paused' }, heads({}), 1, NOW), { steps: [], waitMs: null });
  });
});

describe('what comes next', () => {
  const wait = (waitMs: number, pausedForMs: number | null = null) => ({ waitMs, pausedForMs });
  const next = (steps: StepRecord[], turns: Parameters<typeof chooseNext>[1], atWork = -1) => {
    const found = chooseNext(
      steps.map((step, i) => upcoming(step, i === atWork, NOW)),
      turns,
    );
    return found && [found.step.item, found.waitMs, found.pausedForMs];
  };

  it('is the step that need not wait, or else the one that waits shortest, for its turn or until it is due', () => {
    assert.deepEqual(next(heads({}, {}), [wait(300), null]), ['1', 0, null]);
    const due = heads({ dueAt: NOW + 400, postponedAt: NOW }, {});
    assert.deepEqual(next(due, [wait(100), wait(600, 600)]), ['0', 400, null]);
    assert.deepEqual(next(due, [wait(900), wait(600, 600)]), ['1', 600, 600], 'it says that a pause holds it up');
    assert.equal(next([], []), null);
  });

  it('waits for no turn when somebody is at work on it', () => {
    assert.deepEqual(next(heads({}), [wait(300)], 0), ['0', 0, null]);
  });

  it('waits for no turn where more are in line than are looked at', () => {
    const many = heads(...Array.from({ length: LOOKED_AT }, () => ({})));
    assert.equal(
      next(
        many,
        many.map(() => wait(300)),
      )?.[1],
      0,
    );
  });
});
