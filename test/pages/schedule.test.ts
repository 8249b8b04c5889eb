import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows], { background: true });
});
after(() => site.close());

const DAILY = { repeat: 'daily', time: '06:00', weekday: '1', zone: 'Asia/Tokyo', cron: '' };

async function repeat(visitor: Visitor, path: string, times: Record<string, string> = DAILY): Promise<Response> {
  return visitor.submit(`${path}/schedule`, `${path}/schedule`, times);
}

test('a run is repeated at the times that were typed, and the home page lists it', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { cell: 'price' });
  assert.match(await (await visitor.get(path)).text(), new RegExp(`href="${path}/schedule"`));
  const made = await repeat(visitor, path);
  assert.equal(made.headers.get('location'), '/#schedules');
  await repeat(visitor, path, { ...DAILY, repeat: 'weekly', weekday: '3' });
  await repeat(visitor, path, { ...DAILY, cron: '*/10  8-18 * * 1-5', zone: 'UTC' });
  const home = await (await visitor.get('/')).text();
  for (const times of [
    'Every day at 6:00 (Asia/Tokyo)',
    'Every Wednesday at 6:00 (Asia/Tokyo)',
    '*/10 8-18 * * 1-5 (UTC)',
  ]) {
    assert.ok(home.includes(times), times);
  }
  assert.match(home, /<b>Rows: price<\/b>/);
});

test('it rests, goes on and is deleted by its visitor alone', async () => {
  const visitor = new Visitor(site.url);
  await repeat(visitor, await visitor.start('rows'));
  const at = async () => /action="(\/schedules\/[\w-]+)\//.exec(await (await visitor.get('/')).text())?.[1];
  const schedule = (await at()) ?? assert.fail('no schedule');
  await visitor.submit('/', `${schedule}/pause`);
  assert.match(await (await visitor.get('/')).text(), /Paused/);
  await visitor.submit('/', `${schedule}/resume`);
  assert.doesNotMatch(await (await visitor.get('/')).text(), /Paused/);
  const stranger = new Visitor(site.url);
  await repeat(stranger, await stranger.start('rows'));
  assert.equal((await stranger.submit('/', `${schedule}/delete`)).status, 404);
  await visitor.submit('/', `${schedule}/delete`);
  assert.equal(await at(), undefined);
});

test('what is no time is refused, and what was typed is kept', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const [wrong, said] of [
    [{ zone: 'Mars/Olympus' }, /no time zone/],
    [{ cron: '0 6 * *' }, /no cron expression/],
    [{ cron: '0 0 30 2 *' }, /its time never comes/],
    [{ time: 'six' }, /This is no time/],
  ] as const) {
    const refused = await repeat(visitor, path, { ...DAILY, ...wrong });
    assert.equal(refused.status, 422);
    const page = await refused.text();
    assert.match(page, said);
    assert.ok(page.includes(`value="${Object.values(wrong)[0]}"`));
  }
});

test('where nobody goes on with runs by itself, none can be repeated', async (t) => {
  const other = await startSite([rows]);
  t.after(() => other.close());
  const visitor = new Visitor(other.url);
  const path = await visitor.start('rows');
  assert.doesNotMatch(await (await visitor.get(path)).text(), /\/schedule"/);
  assert.equal((await visitor.get(`${path}/schedule`)).status, 404);
});
