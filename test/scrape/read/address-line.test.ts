import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesInLine } from '../../../src/scrape/read/address-line.js';
import { parseAddresses } from '../../../src/scrape/read/addresses.js';

const LINES: readonly (readonly [line: string, addresses: readonly string[]])[] = [
  ['http://a/1\tBlue cup', ['http://a/1']],
  ['Blue cup\thttp://a/1', ['http://a/1']],
  ['http://a/1 Blue cup', ['http://a/1']],
  ['http://a/1, Blue cup', ['http://a/1']],
  ['http://a/1 | Blue cup', ['http://a/1']],
  ['"http://a/1","Blue, cup"', ['http://a/1']],
  ['http://a/1 http://a/2', ['http://a/1', 'http://a/2']],
  ['http://a/1,http://a/2', ['http://a/1', 'http://a/2']],
  ['http://a/1;http://a/2|http://a/3', ['http://a/1', 'http://a/2', 'http://a/3']],
  ['http://a/1, http://a/2;', ['http://a/1', 'http://a/2']],
  ['http://a/1、http://a/2', ['http://a/1', 'http://a/2']],
  ['http://a/?box=1,2', ['http://a/?box=1,2']],
  ['http://a/x;jsessionid=1?a|b', ['http://a/x;jsessionid=1?a|b']],
  ['http://a/?to=http://b/', ['http://a/?to=http://b/']],
  ['http://web.example/2024/http://b/', ['http://web.example/2024/http://b/']],
  ['[Blue cup](http://a/cup_(blue))', ['http://a/cup_(blue)']],
  ['- [A](http://a/1) and [B](<http://a/2> "B")', ['http://a/1', 'http://a/2']],
  ['<http://a/1>', ['http://a/1']],
  ['(http://a/1)', ['http://a/1']],
  ['「http://a/1」', ['http://a/1']],
  ['* http://a/1', ['http://a/1']],
  ['12. http://a/1', ['http://a/1']],
  ['<a class="x" href="http://a/?p=1&amp;q=2">A</a> <a href=http://a/2>', ['http://a/?p=1&q=2', 'http://a/2']],
  ['参照：http://a/1、http://a/2。', ['http://a/1', 'http://a/2']],
  ['See http://a/1. And (http://a/2).', ['http://a/1', 'http://a/2']],
  ['http://a/v1.', ['http://a/v1.']],
  ['Cup: "http://a/1"', ['http://a/1']],
  ['URL=http://a/1', ['http://a/1']],
  ['web.example/?u=http://a/1', []],
  ['[url=http://a/1]A[/url] [url]http://a/2[/url]', ['http://a/1', 'http://a/2']],
  ['\\href{http://a/1}{A} \\url{http://a/2}', ['http://a/1', 'http://a/2']],
  ['<http://a/1|A>', ['http://a/1']],
  ['[[http://a/1][A]]', ['http://a/1']],
  ['- `http://a/1`', ['http://a/1']],
  [
    '<tr><td>http://a/1</td><td><img src=http://a/i></td><td><a href="http://a/2">http://a/…</a></td></tr>',
    ['http://a/1', 'http://a/2'],
  ],
  ['<a href="http://a/?p=1&amp;q=2"', ['http://a/?p=1&q=2']],
  [
    '<a href="http://a/1">A</a> <a href=http://a/2 <b> <a href="http://a/3"',
    ['http://a/1', 'http://a/2', 'http://a/3'],
  ],
  ['[A|http://a/1]', ['http://a/1']],
  ['\u200bhttp://a/1\u200b', ['http://a/1']],
  ['http://a/1\u0085http://a/2', ['http://a/1', 'http://a/2']],
  ['http://a/my file.html', ['http://a/my file.html']],
  ['http://a/[1-3]', ['http://a/[1-3]']],
  ['http://[::1]:8080/x', ['http://[::1]:8080/x']],
  ['HTTP://A/1', ['HTTP://A/1']],
  ['(http://a/x_(y))', ['http://a/x_(y)']],
  ["'http://a/1','A'", ['http://a/1']],
  ["<outline xmlUrl='http://a/1'/>", ['http://a/1']],
  ['“http://a/1”', ['http://a/1']],
  ['见http://a/1，和http://a/2。次', ['http://a/1', 'http://a/2']],
  ['A|http://a/1|5', ['http://a/1']],
  ['1;A;http://a/1;x y', ['http://a/1']],
  ['www.a.example', []],
  ['ftp://a.example/', []],
];

for (const [line, addresses] of LINES) test(line, () => assert.deepEqual(addressesInLine(line), addresses));

const TABLES: readonly (readonly [text: string, addresses: string])[] = [
  ['url,name\nhttp://a/1,A\nhttp://a/2,"B, b"', 'http://a/1 http://a/2'],
  ['Report\n\nurl;name\nhttp://a/1;A\nhttp://a/2;B', 'http://a/1 http://a/2'],
  ['Export of http://a/all\nname,url\nA,http://a/1\nTotal,', 'http://a/1'],
  ['A,http://a/1,5\nB,http://a/2,6', 'http://a/1 http://a/2'],
  // No tables.
  ['http://a/1,2\nhttp://a/3,4', 'http://a/1,2 http://a/3,4'],
  ['A, http://a/1 http://a/2\nB, http://a/3', 'http://a/1 http://a/2 http://a/3'],
];
for (const [text, expected] of TABLES) {
  test(`pasted: ${JSON.stringify(text)}`, () => {
    const { lines, problems } = parseAddresses(text);
    assert.deepEqual([lines.join(' '), problems], [expected, []]);
  });
}

test('lines without an address are problems, or are left out and counted', () => {
  const text = 'http://a/1\nprose\n\nhttp://a/[2-1]\nhttp://a/2';
  assert.deepEqual(
    parseAddresses(text).problems.map(({ line, code }) => `${line} ${code}`),
    ['2 url-not-http', '4 bad-range'],
  );
  const { lines, problems, leftOut, leftOutCount } = parseAddresses(text, { leaveOut: true });
  assert.deepEqual([lines.length, problems.length, leftOutCount], [2, 0, 2]);
  assert.deepEqual(leftOut[0], { line: 2, content: 'prose' });
});

test('a text of a million wrong lines is given up early', () => {
  const text = 'no address\n'.repeat(1_000_000);
  assert.equal(parseAddresses(text).problems.length, 20);
  assert.equal(parseAddresses(text, { leaveOut: true }).leftOutCount, 1_000_000);
});
