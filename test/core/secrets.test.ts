import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSealed, SecretBox } from '../../src/core/secrets.js';

const box = new SecretBox(['newest']);

test('what is sealed is opened again, and cannot be read', () => {
  for (const text of ['', 'pässwörd', 'x'.repeat(100_000)]) {
    const sealed = box.seal(text);
    assert.equal(box.open(sealed), text);
    assert.ok(isSealed(sealed) && (text === '' || !sealed.includes(text)));
  }
});

test('the same text is sealed otherwise each time', () => assert.notEqual(box.seal('x'), box.seal('x')));

test('after a change of secrets old texts are opened, and new ones need the new secret', () => {
  const rotated = new SecretBox(['later', 'newest']);
  assert.equal(rotated.open(box.seal('x')), 'x');
  assert.equal(box.open(rotated.seal('x')), null);
});

test('what was changed, cut or never sealed is not opened', () => {
  const sealed = box.seal('x');
  const at = sealed.length - 4;
  const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
  for (const text of [changed, sealed.slice(0, -8), sealed.slice(0, 20), 'x', '']) assert.equal(box.open(text), null);
});

test('there is no box without a secret', () => assert.throws(() => new SecretBox([]), TypeError));
