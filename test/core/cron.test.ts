import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cronOf, isTimeZone, nextTime, REPEATS, simpleTimes } from '../../src/core/cron.js';

const next = async (cron: string, zone: string, from: string) => {
  const at = await nextTime(cron, zone, Date.parse(from));
  return at === null ? null : new Date(at).toISOString();
};

describe('the next time of a cron text', () => {
  it('is that of its time zone', async () => {
    assert.equal(await next('0 6 * * *', 'Asia/Tokyo', '2026-11-28T00:00Z'), '2026-11-28T21:00:00.000Z');
    assert.equal(await next('0 6 * * *', 'UTC', '2026-11-28T06:00Z'), '2026-11-29T06:00:00.000Z');
  });

  it('comes once on the days when clocks are changed', async () => {
    assert.equal(await next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z'), '2026-03-29T01:00:00.000Z');
    assert.equal(await next('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:31Z'), '2026-10-26T01:30:00.000Z');
  });

  it('is null where none comes', async () => assert.equal(await next('0 0 30 2 *', 'UTC', '2026-01-01T00:00Z'), null));

  for (const [cron, zone] of [
    ['at six', 'UTC'],
    ['* * * * * *', 'UTC'],
    ['61 * * * *', 'UTC'],
    ['0 6 * * *', 'Mars/Olympus'],
  ] as const) {
    it(`is refused for ${cron} in ${zone}`, () => assert.rejects(nextTime(cron, zone, 0), RangeError));
  }
});

it('what can be said without cron is the same again', () => {
  for (const repeat of REPEATS) {
    const times = { repeat, hour: repeat === 'hourly' ? 0 : 6, minute: 5, weekday: repeat === 'weekly' ? 3 : 0 };
    assert.deepEqual(simpleTimes(cronOf(times)), times);
  }
  for (const cron of ['*/5 * * * *', '0 6 * * 1-5', '0 6 2 * *', '0 * * * 3']) assert.equal(simpleTimes(cron), null);
});

it('time zones are those of IANA', () => {
  assert.ok(isTimeZone('Asia/Tokyo'));
  assert.ok(!isTimeZone('Tokyo time'));
});
