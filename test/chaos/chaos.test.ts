import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { carryOut } from '../../chaos/harness.js';
import { PLANS } from '../../chaos/plans.js';
import { reportText } from '../../chaos/report.js';

/**
 * Short trials of what `npm run chaos` does at length, each with a seed that breaks a good deal early on. After a kill
 * on PostgreSQL a run waits for up to 10 s until its lease ends: its steps are few, and none of them kills.
 */
const TRIALS = { everything: '75', storm: '140', carried: '7' };
const SECONDS = 5;
const MOST_STONES = 10;

describe('runs, whatever happens to the processes, the network and the database,', () => {
  for (const [name, seed] of Object.entries(TRIALS)) {
    it(`are recorded once and end: plan ${name}`, async (t) => {
      const found = PLANS.find((one) => one.name === name);
      assert.ok(found);
      const plan = {
        ...found,
        stones: { ...found.stones, count: Math.min(found.stones.count, MOST_STONES), exiting: 0 },
      };
      const trial = { plan, seed, seconds: SECONDS, runs: 6, own: null };
      const report = await carryOut(trial, t.signal);
      t.diagnostic(reportText(report));
      assert.deepEqual(report.problems, [], reportText(report));
      assert.ok(report.runs >= trial.runs, 'visitors came');
      assert.ok([...report.disturbances.values()].reduce((sum, n) => sum + n, 0) >= 1, 'something was broken');
      // How many more visitors came in the time is the machine's to say.
      assert.ok(report.steps >= trial.runs * plan.stones.count, `${report.steps} steps`);
    });
  }
});

it('a trial in which no run was started is at fault itself', async (t) => {
  const [plan] = PLANS;
  assert.ok(plan);
  const report = await carryOut({ plan, seed: '1', seconds: 1, runs: 0, own: null }, t.signal);
  assert.deepEqual(
    report.problems.map(({ rule }) => rule),
    ['nothing-happened'],
  );
  rmSync(report.directory ?? '', { recursive: true });
});
