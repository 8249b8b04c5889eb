import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { SecretBox } from '../../src/core/secrets.js';
import { SealedInputs } from '../../src/engine/sealed-inputs.js';

const job = defineJob({
  name: 'call',
  input: z.object({ to: z.string(), key: z.string().meta({ widget: 'secret' }) }),
  plan: () => [1],
  step: async () => ({}),
});
const NO_UPLOADS = { read: () => assert.fail('nothing is read') };
const sealed = (secret: string) => new SealedInputs(new SecretBox([secret]), NO_UPLOADS);

test('secret fields are sealed, and nothing else', () => {
  const inputs = sealed('a');
  const kept = inputs.seal(job, { to: 'me', key: 'k3y' });
  assert.equal(kept['to'], 'me');
  assert.doesNotMatch(JSON.stringify(kept), /k3y/);
  assert.deepEqual(inputs.open(job, kept), { to: 'me', key: 'k3y' });
  assert.equal(inputs.open(job, kept), inputs.open(job, kept), 'the steps of a slice share an input');
});

test('an empty secret hides nothing, and one that is missing is nothing', () => {
  for (const input of [{ to: 'me', key: '' }, { to: 'me' }]) {
    assert.equal(sealed('a').seal(job, input), input);
    assert.equal(sealed('a').open(job, input), input);
  }
});

test('a secret that cannot be opened is a failure, not an empty one', () => {
  const kept = sealed('a').seal(job, { to: 'me', key: 'k3y' });
  assert.throws(() => sealed('b').open(job, kept), { name: 'StepError', retry: false });
});
