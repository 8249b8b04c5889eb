import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRedirect, parseRefresh } from '../../../src/scrape/read/refresh.js';

for (const [content, seconds, address] of [
  [' 0;url=/a', 0, '/a'],
  ['1.5.2 , URL = "/a"', 1, '/a'],
  ['.5 /a', 0, '/a'],
  ['31;/a', 31, '/a'],
] as const) {
  test(`"${content}" means ${address} after ${seconds} s`, () => {
    assert.deepEqual(parseRefresh(content), { seconds, address });
  });
}

for (const content of ['x;/a', '5', '']) {
  test(`"${content}" sends its reader nowhere`, () => assert.equal(parseRefresh(content), null));
}

for (const [seconds, to, expected] of [
  [0, '/there', true],
  [10, '/there', true],
  [11, '/there', false],
  [0, '/here?checked=1', true],
  [20, '/here?t=2', false],
  [5, '/here;jsessionid=B', false],
  [0, '/here;jsessionid=B', true],
  [5, 'https://a.example/here', true],
] as const) {
  test(`${to} after ${seconds} s is ${expected ? 'a redirect' : 'read later'}`, () => {
    const from = new URL('http://a.example/here;jsessionid=A?t=1');
    assert.equal(isRedirect(seconds, from, new URL(to, from)), expected);
  });
}

test('long and hostile contents are read, too', () => {
  for (const part of ['1', '.', ' ', '1.', ' ;', 'url=']) assert.doesNotThrow(() => parseRefresh(part.repeat(500_000)));
  assert.equal(parseRefresh(`${'0'.repeat(500_000)}x;/a`), null);
  assert.equal(parseRefresh(`${' '.repeat(500_000)}x`), null);
  assert.equal(parseRefresh(`0${' '.repeat(500_000)}x`)?.address, 'x');
});
