import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Visitor } from '../fixtures/visitor.js';
import { startSite } from './site.js';

test('a secret reaches the step, and no page, recipe or list of the run', async (t) => {
  const seen: unknown[] = [];
  const call = defineJob({
    name: 'call',
    input: z.object({
      to: z.string().default(''),
      key: z.string().default('').meta({ title: 'Key', widget: 'secret' }),
      language: z.string().default('').meta({ prefill: 'language' }),
    }),
    plan: () => [1],
    step: async (_, { input }) => {
      seen.push(input);
      return { rows: [{ done: 'yes' }], note: 'called' };
    },
  });
  const site = await startSite([call]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const run = await visitor.start('call', { to: 'somebody', key: 'k3y' });
  await visitor.get(`${run}?seq=0`);
  assert.deepEqual(seen, [{ to: 'somebody', key: 'k3y', language: 'en' }]);
  const id = run.split('/').at(-1);
  for (const path of [
    run,
    '/',
    `/jobs/call?_run=${id}`,
    `${run}/rows.csv`,
    `${run}/steps.csv`,
    `${run}/figures.json`,
  ]) {
    const response = await visitor.get(path);
    assert.equal(response.status, 200, path);
    assert.doesNotMatch(await response.text(), /k3y|sealed:/, path);
  }
  assert.match(await (await visitor.get(`/jobs/call?_run=${id}`)).text(), /value="somebody"/, 'the rest is filled in');
  const recipe = await visitor.submit('/jobs/call', '/jobs/call/recipe', { to: 'somebody', key: 'k3y' });
  assert.deepEqual(await recipe.json(), { tobiishi: 1, job: 'call', fields: { to: 'somebody' } });
});

test('a form that comes back with a mistake still has the secret, for the one who typed it', async (t) => {
  const call = defineJob({
    name: 'call',
    input: z.object({ to: z.string().min(1), key: z.string().meta({ widget: 'secret' }) }),
    plan: () => [1],
    step: async () => ({}),
  });
  const site = await startSite([call]);
  t.after(() => site.close());
  const answer = await new Visitor(site.url).submit('/jobs/call', '/runs', { job: 'call', to: '', key: 'k3y' });
  assert.equal(answer.status, 422);
  assert.match(
    await answer.text(),
    /<textarea [^>]*autocomplete="off"[^>]*name="key"[^>]*>\s*k3y<|name="key"[^>]*autocomplete="off"[^>]*>\s*k3y</,
  );
});
