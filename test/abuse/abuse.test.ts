import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ATTACKS } from '../../abuse/attacks/all.js';
import { carryOut } from '../../abuse/trial.js';

/** What the attacker gets: a listed failure, or a run with the right result. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  'a page: attributes': /^done/,
  'a page: even rows': /^too-many-rows$/,
  'a million wrong lines': /^422$/,
  'headers, a letter a second, 1000 connections': /1000 × nothing/,
  'uploads that stop in the middle, a hundred, without a token': /^(\d+ × (nothing|403|408|429|503)(, )?)+$/,
};

/** Those that could go on for ever last this long here. */
const LASTS_MS = 2000;

it('costly pages, long lists, slow clients and stalled uploads end neither the server nor the work of somebody honest', async () => {
  const attacks = ATTACKS.filter(({ name }) => name in EXPECTED);
  assert.equal(attacks.length, Object.keys(EXPECTED).length);
  for await (const found of carryOut(attacks, LASTS_MS)) {
    assert.ok(found.lives, found.attack);
    assert.match(found.result, EXPECTED[found.attack] ?? /never/, found.attack);
    assert.ok(found.waited.rounds > 0, `${found.attack}: somebody honest got nothing`);
  }
});
