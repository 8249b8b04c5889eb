import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refreshAddress } from '../../../src/scrape/read/refresh.js';

for (const [content, address] of [
  [' 0;url=/a', '/a'],
  ['1.5.2 , URL = "/a"', '/a'],
  ['.5 /a', '/a'],
  ['31;/a', null],
  ['x;/a', null],
  ['5', null],
] as const) {
  test(`"${content}" sends its reader to ${address}`, () => assert.equal(refreshAddress(content), address));
}

test('long and hostile contents are read, too', () => {
  for (const part of ['1', '.', ' ', '1.', ' ;', 'url='])
    assert.doesNotThrow(() => refreshAddress(part.repeat(500_000)));
  assert.equal(refreshAddress(`${'0'.repeat(500_000)}x;/a`), null);
  assert.equal(refreshAddress(`${' '.repeat(500_000)}x`), null);
  assert.equal(refreshAddress(`0${' '.repeat(500_000)}x`), 'x');
});
