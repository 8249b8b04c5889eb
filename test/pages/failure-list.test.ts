import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayPassNow } from '../../src/pages/run/failure-list.js';

test('what failed at its first and only attempt, as a page that is not there, is not offered to be tried again', () => {
  assert.equal(mayPassNow({ status: 'failed', attempts: 1 }), false);
  assert.equal(mayPassNow({ status: 'failed', attempts: 3 }), true);
  assert.equal(mayPassNow({ status: 'skipped', attempts: 3 }), false);
});
