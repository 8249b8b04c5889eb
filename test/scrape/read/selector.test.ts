import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectorProblem } from '../../../src/scrape/read/selector.js';

const WRONG: readonly (readonly [selector: string, code: string, rest?: string])[] = [
  ['', 'unfinished'],
  ['a[', 'unfinished'],
  ['a[[', 'unexpected', '['],
  ['a]', 'unexpected', ']'],
  ['a[href="b\n"]', 'unclosed', '"b\n"]'],
  ['a:not(b]', 'unexpected', ']'],
  ['title >', 'unfinished'],
  ['a[@href]', 'unexpected', '@href]'],
  ['a;b', 'unexpected', ';b'],
  [')a', 'unexpected', ')a'],
  ['a,,b', 'gap', ',b'],
  ['h2 >> a', 'gap', '> a'],
  [':unknown', 'pseudo-class', ':unknown'],
  ['a::text', 'pseudo-element', 'text'],
  ['a:nth-child(x)', 'argument', 'x)'],
];

for (const [selector, code, rest = ''] of WRONG) {
  test(`what is wrong with ${selector} has a text in every language`, () => {
    const found = selectorProblem(selector);
    assert.deepEqual([found?.problemCode, found?.rest], [code, rest]);
  });
}

test('a selector that works has no problem', () => assert.equal(selectorProblem('a[href^="/"] > b:first-child'), null));

test('a selector longer than anybody writes is refused where it is typed', () => {
  assert.equal(selectorProblem(`p${'.a'.repeat(900)}`), null);
  assert.match(selectorProblem(`p${'.a'.repeat(1000)}`)?.problem ?? '', /longer than 2000 characters/);
});
