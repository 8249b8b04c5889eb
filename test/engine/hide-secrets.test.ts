import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob } from '../../src/core/job.js';
import { hideSecrets } from '../../src/engine/hide-secrets.js';
import { bench } from '../fixtures/engine.js';

const KEY = 'k3y/of=mine';
const job = (step: (key: string) => never) =>
  defineJob({
    name: 'call',
    input: z.object({ to: z.string().default('me'), key: z.string().meta({ widget: 'secret' }) }),
    plan: () => [1],
    step: async (_, { input }) => step(input.key),
  });
const hide = (thrown: unknown, key = KEY) =>
  hideSecrets(
    job(() => assert.fail()),
    { to: 'me', key },
    thrown,
  );

test('what a step threw has no secret, wherever it stands', () => {
  const options = { headers: { authorization: `Bearer ${KEY}` } };
  const cause = new TypeError('Invalid URL', { cause: `postgres://u:${encodeURIComponent(KEY)}@db` });
  const thrown = Object.assign(new Error(`no ${KEY}`, { cause }), { options, all: [KEY] });
  const after = hide(thrown);
  assert.equal(after, thrown);
  assert.doesNotMatch(inspect(after, { depth: 9 }), /k3y/);
  assert.match(inspect(after), /Bearer \[secret\]/);
  assert.equal(options.headers.authorization, `Bearer ${KEY}`, 'what the job goes on with stays');
  assert.equal(hide(`no ${KEY}`), 'no [secret]');
  const failure = hide(new StepError('refused', 'no', { params: { key: KEY } }));
  assert.deepEqual((failure as StepError).failure.params, { key: '[secret]' });
});

test('a secret within another one, and one that no address can have, are taken out, too', () => {
  const two = defineJob({
    name: 'two',
    input: z.object({ key: z.string().meta({ widget: 'secret' }), long: z.string().meta({ widget: 'secret' }) }),
    plan: () => [1],
    step: async () => ({}),
  });
  const [key, long] = ['k3y\ud800', 'k3y\ud800-and-more'];
  assert.equal(hideSecrets(two, { key, long }, `no ${long}, no ${key}`), 'no [secret], no [secret]');
});

test('nor has what a plan threw', async () => {
  const planned = defineJob({
    name: 'planned',
    input: z.object({ key: z.string().meta({ widget: 'secret' }) }),
    async *plan({ key }) {
      yield new URL(key).href;
    },
    step: async () => ({}),
  });
  const { runs } = bench(planned);
  const started = runs.start(planned, { key: KEY }, { visitorId: 'visitor', network: null });
  await assert.rejects(started, (error) => inspect(error, { depth: 9 }).includes("input: '[secret]'"));
});

test('a text that is too short to be told from others is no secret', () => {
  assert.equal(hide('one of three', 'o'), 'one of three');
});

test('neither who watches nor the operator reads it', async () => {
  const told: unknown[] = [];
  const observer = { stepFailed: ({ thrown }: { thrown: unknown }) => void told.push(thrown) };
  const refuses = job((key) => {
    throw new StepError('refused', `no ${key}`, { retry: false });
  });
  const { runs, store, ask } = bench(refuses, { observer });
  const run = await runs.start(refuses, { to: 'me', key: KEY }, { visitorId: 'visitor', network: null });
  await ask(run);
  const [error] = await store.listErrors(run.id);
  assert.equal(error?.message, 'no [secret]');
  assert.doesNotMatch(
    inspect([told, error, await store.listUpcoming(await runs.findAny(run.id))], { depth: 9 }),
    /k3y/,
  );
  assert.equal(told.length, 1);
});
