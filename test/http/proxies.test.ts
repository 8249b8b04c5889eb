import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type TobiishiOptions, tobiishi } from '../../src/index.js';
import { serve } from '../fixtures/serve.js';
import { rows } from '../pages/jobs.js';

async function serverOf(t: TestContext, options: TobiishiOptions) {
  const warnings: string[] = [];
  const silent = () => {};
  const logger = {
    error: silent,
    info: silent,
    debug: silent,
    warn: (_fields: object, message = '') => void warnings.push(message),
  };
  const jobs = await tobiishi({ jobs: [rows], database: 'memory:', logger, ...options });
  t.after(() => jobs.close());
  return { url: await serve(t, jobs), warnings };
}

test('the id of a request is taken from a trusted proxy, and from nobody else', async (t) => {
  const idAt = async ({ url }: { url: string }) =>
    (await fetch(url, { headers: { 'X-Request-Id': 'chosen' } })).headers.get('x-request-id');
  assert.notEqual(await idAt(await serverOf(t, { trustProxy: 0 })), 'chosen');
  assert.equal(await idAt(await serverOf(t, { trustProxy: 1 })), 'chosen');
});

test('a proxy that TRUST_PROXY does not count is warned of, once', async (t) => {
  const headers = { 'X-Forwarded-For': '192.0.2.1' };
  const unknown = await serverOf(t, { trustProxy: 0 });
  for (let i = 0; i < 2; i += 1) await fetch(unknown.url, { headers });
  assert.deepEqual(
    unknown.warnings.map((text) => text.includes('TRUST_PROXY')),
    [true],
  );
  const known = await serverOf(t, { trustProxy: 1 });
  await fetch(known.url, { headers });
  assert.deepEqual(known.warnings, []);
});
