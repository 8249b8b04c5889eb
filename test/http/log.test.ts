import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tobiishi } from '../../src/index.js';
import { serve } from '../fixtures/serve.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from '../pages/jobs.js';

test('nothing by which somebody is let in or reads a run stands in the log, however much is logged', async (t) => {
  const lines: string[] = [];
  const log = (fields: object, message = '') => void lines.push(`${JSON.stringify(fields)} ${message}`);
  const logger = { error: log, warn: log, info: log, debug: log };
  const password = 'correct-horse-battery';
  const metricsToken = 'a-token-for-prometheus';
  const access = `password:${password}`;
  const jobs = await tobiishi({ jobs: [rows], database: 'memory:', logger, access, metricsToken, openShared: true });
  t.after(() => jobs.close());
  const visitor = new Visitor(await serve(t, jobs));
  await visitor.post('/login', { gate: 'site', to: '/', password: 'wrong-password' });
  await visitor.post('/login', { gate: 'site', to: '/', password });
  const path = await visitor.start('rows', { cell: 'word-of-the-visitor' });
  await visitor.drive(path);
  await visitor.submit(`${path}/share`, `${path}/share`);
  const link = /href="(\/shared\/[\w-]+)"/.exec(await (await visitor.get(`${path}/share`)).text())?.[1] ?? '';
  const reader = new Visitor(visitor.origin);
  const shared = [link, `${link}?still=1`, `${link}/rows.csv`, `${link}/nothing`, `/a/..${link}`];
  for (const address of shared) await (await reader.get(address)).text();
  await reader.post(link, { a: 'b' });
  await visitor.submit(`${path}/unshare`, `${path}/unshare`);
  assert.equal((await reader.get(link)).status, 404);
  await reader.get('/metrics', { Authorization: `Bearer ${metricsToken}` });

  const token = link.slice('/shared/'.length);
  assert.equal(token.length, 22);
  assert.ok(lines.some((line) => line.includes('/shared/-/rows.csv')));
  const cookie = decodeURIComponent(visitor.cookies.get('tobiishi') ?? 'none');
  for (const secret of [token, password, 'wrong-password', metricsToken, cookie, 'word-of-the-visitor']) {
    assert.deepEqual(
      lines.filter((line) => line.includes(secret)),
      [],
      secret,
    );
  }
});
