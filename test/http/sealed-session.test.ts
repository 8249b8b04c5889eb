import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from '../pages/jobs.js';
import { startSite } from '../pages/site.js';

test('a run that its browser carries can be read and changed by nobody on the way', async (t) => {
  const site = await startSite([rows], { databaseUrl: 'cookie:' });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { cell: 'a-secret-word' });
  assert.deepEqual([...visitor.cookies.keys()], ['tobiishi']);
  const cookie = visitor.cookies.get('tobiishi') ?? '';
  const sealed = cookie.split(':').at(-1) ?? '';
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /visitorId|carried|rows/);

  const elsewhere = await startSite([rows], { databaseUrl: 'cookie:' });
  t.after(() => elsewhere.close());
  assert.equal((await visitor.at(elsewhere).get(path)).status, 200, 'another process opens it');
  const middle = Math.floor(cookie.length / 2);
  const changed = cookie.slice(0, middle) + (cookie[middle] === 'A' ? 'B' : 'A') + cookie.slice(middle + 1);
  const stranger = new Visitor(elsewhere.url, '', new Map([['tobiishi', changed]]));
  assert.equal((await stranger.get(path)).status, 404, 'changed, it is nobody’s');
});

test('an answer sets the cookie once, however often its session was saved', async (t) => {
  const site = await startSite([rows], { databaseUrl: 'cookie:' });
  t.after(() => site.close());
  const answer = await fetch(`${site.url}/jobs/rows?lang=ja&pages=plain`);
  assert.equal(answer.headers.getSetCookie().length, 1);
  assert.match(
    answer.headers.getSetCookie()[0] ?? '',
    /^tobiishi=sealed:[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
  );
});
