import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.js';
import { defineJob } from '../../src/core/job.js';
import { tobiishi } from '../../src/index.js';
import { openStore } from '../../src/store/open.js';
import { serve } from '../fixtures/serve.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { startSite } from './site.js';

test('whoever deletes everything leaves nothing behind, in no byte of the database', async (t) => {
  const database = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'tobiishi.db');
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const jobs = await tobiishi({ jobs: [rows], database, logger });
  t.after(() => jobs.close());
  const url = await serve(t, jobs);
  const [visitor, other] = [new Visitor(url), new Visitor(url)];
  const kept = await other.start('rows', { cell: 'somebody-else' });
  await other.drive(kept);
  const path = await visitor.start('rows', { cell: 'word-of-the-visitor', count: '40' });
  await visitor.drive(path);
  const gone = [
    path.slice('/runs/'.length),
    'word-of-the-visitor',
    /s%3A(.+?)\./.exec(visitor.cookies.get('tobiishi') ?? '')?.[1] ?? '',
  ];

  assert.equal(
    (await visitor.submit('/privacy', '/privacy/delete')).headers.get('location'),
    '/privacy',
    'not by mistake',
  );
  assert.equal((await visitor.get(path)).status, 200);
  const deleted = await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  assert.equal(deleted.headers.get('clear-site-data'), '"cache", "cookies", "storage"');
  assert.match(deleted.headers.get('set-cookie') ?? '', /^tobiishi=; Path=\/; Expires=Thu, 01 Jan 1970/);
  assert.equal((await visitor.get(path)).status, 404);
  assert.equal((await other.get(kept)).status, 200);

  await jobs.close();
  const { store } = await openStore(database, systemClock, 1000);
  while (await store.sweep(60_000, 100));
  await store.close();
  const folder = join(database, '..');
  const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  assert.ok(bytes.includes('somebody-else'));
  for (const text of gone) assert.ok(!bytes.includes(text), text);
});

test('of whoever deletes everything stays for its days who had which host asked, and then nothing; no secret does', async (t) => {
  const database = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'tobiishi.db');
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const asking = defineJob({
    name: 'asking',
    input: z.object({ password: z.string().default('').meta({ widget: 'secret' }) }),
    plan: () => [1],
    step: async (_item, { turn, keep, runId, input }) => {
      await turn('asked.example', 0);
      await keep(`${runId}:login`, `login-state of ${input.password}`, 60 * 60_000);
      return { rows: [{ row: 'row-of-the-visitor' }] };
    },
  });
  const jobs = await tobiishi({ jobs: [asking], database, logger });
  t.after(() => jobs.close());
  const visitor = new Visitor(await serve(t, jobs));
  const path = await visitor.start('asking', { password: 'secret-of-the-visitor' });
  await visitor.drive(path);
  assert.match(await (await visitor.get('/privacy')).text(), /For 30 days?, to answer sites that complain/);
  await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  await jobs.close();

  const bytesAfter = async (logKeptForMs: number) => {
    const { store, abuseLog } = await openStore(database, systemClock, 1000);
    while (await store.sweep(60_000, 100));
    while (await abuseLog.sweep(logKeptForMs, 100));
    while (await abuseLog.sweep(logKeptForMs, 100));
    await store.close();
    const folder = join(database, '..');
    return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  };
  const runId = path.slice('/runs/'.length);
  const meanwhile = await bytesAfter(24 * 60 * 60_000);
  for (const text of [runId, 'asked.example', '127.0.0.1']) assert.ok(meanwhile.includes(text), text);
  const session = /s%3A(.+?)\./.exec(visitor.cookies.get('tobiishi') ?? '')?.[1];
  const gone = ['login-state', 'secret-of-the-visitor', 'row-of-the-visitor', session ?? 'sealed:1:', 'sealed:1:'];
  for (const text of gone) assert.ok(!meanwhile.includes(text), text);
  const afterwards = await bytesAfter(0);
  // The host's own turn is kept for a day, and says nothing of who asked.
  for (const text of [runId, '127.0.0.1', ...gone]) assert.ok(!afterwards.includes(text), text);
});

test('who has left nothing is told so, and gets no session', async (t) => {
  const site = await startSite([rows]);
  t.after(() => site.close());
  const answer = await fetch(`${site.url}/privacy`);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.match(await answer.text(), /Nothing is kept of you/);
});

test('a run whose browser carries it is gone with the cookie', async (t) => {
  const site = await startSite([rows], { databaseUrl: 'cookie:' });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  assert.equal(visitor.cookies.get('tobiishi'), '');
  assert.equal((await visitor.get(path)).status, 404);
});

test('security.txt says where to report a weakness, when the operator does', async (t) => {
  for (const contact of [null, 'ops@example.org']) {
    const site = await startSite([rows], { contact });
    t.after(() => site.close());
    const answer = await fetch(`${site.url}/.well-known/security.txt`);
    assert.equal(answer.status, contact === null ? 404 : 200);
    if (contact !== null) assert.match(await answer.text(), /^Contact: mailto:ops@example\.org\nExpires: \d{4}-/);
  }
});
