import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkLives, checkRun, type Evidence, type Losses, lossesOf, tally } from '../../chaos/check.js';
import type { Entry } from '../../chaos/ledger.js';
import { PLANS, scheduleOf } from '../../chaos/plans.js';
import { Random } from '../../chaos/random.js';
import type { StoredRow, StoredStep } from '../../chaos/records.js';
import type { Life } from '../../chaos/servers.js';
import { allStones, type Settings } from '../../chaos/stones.js';

const SETTINGS: Settings = { seed: 'check', count: 6, lanes: 1, ms: 10, throwing: 0, exiting: 0 };
const NO_LOSSES: Losses = { byPid: new Map(), outages: 0 };
const PID = 100;

/** A run as it should be, for one thing to be made wrong. */
function faultless() {
  const stones = [...allStones(SETTINGS).values()];
  const steps: StoredStep[] = stones.map((item, i) => ({
    position: i + 1,
    lane: '1',
    status: 'done',
    seq: i + 1,
    item,
  }));
  const rows: StoredRow[] = stones.map(({ name }, i) => ({
    number: i + 1,
    seq: i + 1,
    data: { stone: name, execution: `x${i + 1}`, pid: PID },
  }));
  const ledger = stones.flatMap((_, i) => executed(i + 1, `x${i + 1}`, 'end'));
  const { length } = stones;
  const run = {
    id: 'run',
    job: 'stones',
    status: 'done',
    seq: length,
    total: length,
    rowCount: length,
    leased: false,
    input: SETTINGS,
    steps,
    rows,
  };
  return { run, ledger, seenRows: rows.slice(0, 3).map(({ data }) => data), atOnce: 1 };
}

function executed(position: number, execution: string, ...events: Entry['event'][]): Entry[] {
  return (['begin', ...events] as const).map((event) => ({ key: `run:${position}`, execution, pid: PID, event }));
}

function rules(evidence: Evidence, losses = NO_LOSSES): string[] {
  return [...new Set(checkRun(evidence, losses).map(({ rule }) => rule))].sort();
}

describe('the checks of the chaos harness', () => {
  it('find nothing in a run that is as it should be', () => {
    const evidence = faultless();
    assert.deepEqual(rules(evidence), []);
    const { length } = evidence.run.steps;
    assert.deepEqual(tally(evidence.run, evidence.ledger), {
      executions: length,
      recorded: length,
      threw: 0,
      lost: 0,
    });
  });

  const wrong: [string, (evidence: ReturnType<typeof faultless>) => unknown, string[]][] = [
    ['a run that did not end', ({ run }) => Object.assign(run, { status: 'running' }), ['not-ended']],
    ['a lease that is left', ({ run }) => Object.assign(run, { leased: true }), ['lease-left']],
    [
      'two steps of one number',
      ({ run }) => run.steps.splice(1, 1, { ...step(run.steps, 1), seq: 1 }),
      ['in-order', 'recorded-once', 'row-of-execution', 'row-of-nobody', 'row-of-step'],
    ],
    [
      'steps in another order',
      ({ run }) => run.steps.splice(1, 2, { ...step(run.steps, 1), seq: 3 }, { ...step(run.steps, 2), seq: 2 }),
      ['in-order', 'row-of-execution', 'row-of-step'],
    ],
    [
      'a seq that is not the number of recorded steps',
      ({ run }) => Object.assign(run, { seq: 3 }),
      ['done-early', 'seq-counts'],
    ],
    ['a row that is missing', ({ run }) => run.rows.pop(), ['executed-too-often', 'row-a-step', 'rows-counted']],
    [
      'a row that was recorded twice',
      ({ run }) => run.rows.push({ ...row(run.rows, -1), number: run.rows.length + 1 }),
      ['row-a-step', 'rows-counted'],
    ],
    [
      'a row that is not what a visitor saw',
      (evidence) => evidence.seenRows.splice(1, 1, { stone: '9', execution: 'x2', pid: PID }),
      ['row-changed'],
    ],
    [
      'a step that was lost',
      ({ run }) => run.steps.pop(),
      ['row-of-execution', 'row-of-nobody', 'row-of-step', 'seq-counts', 'steps-known', 'steps-planned', 'row-a-step'],
    ],
    ['an execution too many', ({ ledger }) => ledger.push(...executed(2, 'again', 'end')), ['executed-too-often']],
    [
      'a record of an execution that never ended',
      (evidence) => {
        evidence.ledger = evidence.ledger.filter(({ execution, event }) => execution !== 'x2' || event === 'begin');
      },
      ['row-of-execution'],
    ],
  ];
  for (const [what, spoil, expected] of wrong) {
    it(`find ${what}`, () => {
      const evidence = faultless();
      spoil(evidence);
      assert.deepEqual(rules(evidence), [...expected].sort());
    });
  }

  it('excuse one lost execution for each kill of its process, and a few for each outage', () => {
    const evidence = faultless();
    evidence.ledger.push(...executed(2, 'once', 'end'), ...executed(3, 'twice'));
    assert.deepEqual(rules(evidence, { byPid: new Map([[PID, 1]]), outages: 0 }), ['executed-too-often']);
    assert.deepEqual(rules(evidence, { byPid: new Map([[PID, 1]]), outages: 1 }), []);
    assert.deepEqual(rules(evidence, { byPid: new Map([[PID, 2]]), outages: 0 }), []);
    assert.deepEqual(rules(evidence, { byPid: new Map([[PID + 1, 2]]), outages: 0 }), ['executed-too-often']);
    evidence.ledger.push(...executed(2, 'again', 'end'), ...executed(2, 'once more', 'end'));
    assert.deepEqual(rules(evidence, { byPid: new Map(), outages: 1 }), ['executed-too-often']);
  });

  it('do not count what a step itself threw as lost', () => {
    const evidence = faultless();
    evidence.ledger.push(...executed(2, 'threw', 'threw'));
    assert.deepEqual(rules(evidence), []);
  });

  it('find processes that ended for no reason, and know the reasons there are', () => {
    const life: Life = { pid: PID, server: 0, ready: true, end: 'exited', code: 1, lapses: 0, frozen: false, log: '' };
    const told = (...lives: Life[]) => checkLives(lives, executed(1, 'x', 'exit'), false).map(({ rule }) => rule);
    assert.deepEqual(told(life), []);
    assert.deepEqual(told({ ...life, pid: 7 }), ['crashed']);
    assert.deepEqual(told({ ...life, pid: 7, end: 'killed', code: null }), []);
    assert.deepEqual(told({ ...life, pid: 7, end: 'stopped', code: 0 }), []);
    assert.deepEqual(told({ ...life, pid: 7, end: 'stopped' }), ['stopped-badly']);
    assert.deepEqual(told({ ...life, pid: 7, end: 'stuck' }), ['does-not-stop']);
    assert.deepEqual(told({ ...life, pid: 7, end: null }), ['process-left']);
    const losses = lossesOf([life, { ...life, pid: 7, end: 'stopped' }], executed(1, 'x', 'exit'), 2);
    assert.deepEqual(losses, {
      byPid: new Map([
        [PID, 1],
        [7, 0],
      ]),
      outages: 2,
    });
  });
});

describe('the decisions of the chaos harness', () => {
  it('are those of the seed', () => {
    const draws = (name: string) => {
      const random = new Random(name);
      return Array.from({ length: 100 }, () => random.int(0, 1_000_000));
    };
    assert.deepEqual(draws('a'), draws('a'));
    assert.notDeepEqual(draws('a'), draws('b'));
    for (const plan of PLANS) assert.deepEqual(scheduleOf(plan, '1', 60), scheduleOf(plan, '1', 60));
    assert.deepEqual(allStones(SETTINGS), allStones(SETTINGS));
  });

  it('of a longer trial begin with those of a shorter one', () => {
    for (const plan of PLANS) {
      const short = scheduleOf(plan, '1', 20);
      assert.deepEqual(scheduleOf(plan, '1', 60).slice(0, short.length), short);
    }
  });
});

function step(steps: readonly StoredStep[], at: number): StoredStep {
  const found = steps.at(at);
  assert.ok(found);
  return found;
}

function row(rows: readonly StoredRow[], at: number): StoredRow {
  const found = rows.at(at);
  assert.ok(found);
  return found;
}
