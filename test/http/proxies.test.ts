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

test('so is one that stands before those that it counts, and a visitor who makes up a longer way is not', async (t) => {
  const asked = async (forwarded: string, trustProxy = 1) => {
    const { url, warnings } = await serverOf(t, { trustProxy });
    await fetch(url, { headers: { 'X-Forwarded-For': forwarded } });
    return warnings;
  };
  assert.match(String(await asked('192.0.2.1, 10.0.0.7')), /more proxies than TRUST_PROXY/);
  assert.match(String(await asked('8.8.8.8, 10.0.0.7, 10.0.0.8', 2)), /more proxies than TRUST_PROXY/);
  assert.deepEqual(await asked('8.8.8.8, 10.0.0.7', 2), []);
  assert.deepEqual(await asked('10.0.0.1, 8.8.8.8'), []);
  assert.deepEqual(await asked('10.0.0.1'), [], 'a visitor of the same inner network');
});
