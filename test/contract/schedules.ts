import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.js';
import { MOST_SCHEDULES, type NewSchedule, type ScheduleStore } from '../../src/core/schedules.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

/** What every store of schedules must do. `open` answers an empty one. */
export function scheduleContract(name: string, open: (clock: Clock) => Promise<ScheduleStore>): void {
  describe(`schedules, ${name}`, () => {
    let clock: FrozenClock;
    let schedules: ScheduleStore;
    let added = 0;
    beforeEach(async () => {
      clock = new FrozenClock();
      schedules = await open(clock);
    });
    const newSchedule = (more: Partial<NewSchedule> = {}): NewSchedule => {
      added += 1;
      return {
        id: `schedule ${added}`,
        visitorId: 'a',
        network: null,
        job: 'job',
        version: 2,
        input: { text: 'a "石"', many: [1, null] },
        name: 'every morning',
        cron: '0 6 * * *',
        timeZone: 'Asia/Tokyo',
        nextAt: clock.now() + 1000,
        ...more,
      };
    };

    it('are kept as they were given, for their visitor', async () => {
      const schedule = newSchedule();
      assert.ok(await schedules.add(schedule));
      const kept = { ...schedule, isPaused: false, lastRunId: null, problem: null, createdAt: clock.now() };
      assert.deepEqual(await schedules.list('a'), [kept]);
      assert.deepEqual(await schedules.list('b'), []);
      assert.deepEqual(await schedules.find(schedule.id), kept);
      assert.equal(await schedules.find('another'), null);
      await clock.advance(1);
      const newer = newSchedule({ visitorId: 'b' });
      await schedules.add(newer);
      const all = async (limit: number) => (await schedules.listAll(limit)).map(({ id }) => id);
      assert.deepEqual([await all(9), await all(1)], [[newer.id, schedule.id], [newer.id]]);
    });

    it('are due when their time has come, the longest due first, unless they are paused', async () => {
      const [later, sooner, paused] = [
        newSchedule({ nextAt: clock.now() + 20 }),
        newSchedule({ nextAt: clock.now() + 10 }),
        newSchedule({ nextAt: clock.now() }),
      ];
      for (const schedule of [later, sooner, paused]) await schedules.add(schedule);
      await schedules.reschedule('a', paused.id, null);
      assert.deepEqual(await schedules.listDue(10), []);
      await clock.advance(20);
      assert.deepEqual(
        (await schedules.listDue(10)).map(({ id }) => id),
        [sooner.id, later.id],
      );
      assert.deepEqual(
        (await schedules.listDue(1)).map(({ id }) => id),
        [sooner.id],
      );
      await schedules.reschedule('a', paused.id, clock.now());
      assert.equal((await schedules.listDue(10)).length, 3);
    });

    it('are settled once for each time, and not when they were paused or moved meanwhile', async () => {
      const schedule = newSchedule();
      await schedules.add(schedule);
      const dueAt = schedule.nextAt ?? 0;
      const settled = { nextAt: dueAt + 1000, lastRunId: 'run', problem: null };
      assert.equal(await schedules.settle(schedule.id, dueAt, settled), true);
      assert.equal(await schedules.settle(schedule.id, dueAt, { ...settled, lastRunId: 'another' }), false);
      assert.equal((await schedules.list('a'))[0]?.lastRunId, 'run');
      await schedules.reschedule('a', schedule.id, null);
      assert.equal(await schedules.settle(schedule.id, dueAt + 1000, settled), false);
      assert.deepEqual(
        (await schedules.list('a')).map(({ isPaused, nextAt }) => [isPaused, nextAt]),
        [[true, null]],
      );
    });

    it('are changed and removed by their visitor alone', async () => {
      const schedule = newSchedule();
      await schedules.add(schedule);
      await schedules.reschedule('b', schedule.id, null);
      await schedules.remove('b', schedule.id);
      assert.equal((await schedules.list('a'))[0]?.isPaused, false);
      await schedules.remove('a', schedule.id);
      assert.deepEqual(await schedules.list('a'), []);
      await schedules.add(newSchedule());
      await schedules.removeAll('a');
      assert.deepEqual(await schedules.list('a'), []);
    });

    it('are so many and no more for one visitor', async () => {
      for (let i = 0; i < MOST_SCHEDULES; i += 1) assert.ok(await schedules.add(newSchedule()));
      assert.equal(await schedules.add(newSchedule()), false);
      assert.ok(await schedules.add(newSchedule({ visitorId: 'b' })));
    });
  });
}
