import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectorProblem } from '../../../src/scrape/read/selector.js';

const WRONG: readonly (readonly [selector: string, code: string, rest?: string])[] = [
  ['a[', 'unfinished'],
  ['a[[', 'unexpected', '['],
  ['a]', 'unexpected', ']'],
  ['a[href', 'unclosed'],
  ['a:not(b', 'unclosed'],
  ['a,,b', 'gap'],
  ['h2 >> a', 'gap'],
  [':unknown', 'pseudo-class', ':unknown'],
  ['a::text', 'pseudo-element'],
  ['a:nth-child(x)', 'argument'],
];

for (const [selector, code, rest = ''] of WRONG) {
  test(`what is wrong with ${selector} has a text in every language`, () => {
    const found = selectorProblem(selector);
    assert.deepEqual([found?.problemCode, found?.rest], [code, rest]);
  });
}

test('a selector that works has no problem', () => assert.equal(selectorProblem('a[href^="/"] > b:first-child'), null));
