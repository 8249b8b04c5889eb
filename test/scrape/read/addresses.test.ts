import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf, countOf, firstAddress, parseAddresses } from '../../../src/scrape/read/addresses.js';

const all = (text: string) => parseAddresses(text).lines.flatMap((line) => [...addressesOf(line)]);
const codes = (text: string) => parseAddresses(text).problems.map(({ code, line }) => `${line} ${code}`);

const RANGES: readonly (readonly [line: string, paths: readonly string[]])[] = [
  ['http://x/p/[1-3]', ['/p/1', '/p/2', '/p/3']],
  ['http://x/[001-011:5].html', ['/001.html', '/006.html', '/011.html']],
  ['http://x/[8-11]', ['/8', '/9', '/10', '/11']],
  ['http://x/[08-11]', ['/08', '/09', '/10', '/11']],
  ['http://x/[a-c]', ['/a', '/b', '/c']],
  ['http://x/[A-C:2]', ['/A', '/C']],
  ['http://x/[1-2]/[a-b]', ['/1/a', '/1/b', '/2/a', '/2/b']],
  ['http://x/[7-7]', ['/7']],
  ['http://x/?f[created-at]=1&g[]=2', ['/?f[created-at]=1&g[]=2']],
  ['http://x/%5B1-3%5D', ['/%5B1-3%5D']],
];

for (const [line, paths] of RANGES) {
  test(`${line} is ${paths.length}`, () => {
    assert.deepEqual(
      all(line),
      paths.map((path) => `http://x${path}`),
    );
    assert.equal(countOf(parseAddresses(line).lines[0] ?? ''), paths.length);
  });
}

test('IPv6 addresses keep their brackets', () => {
  assert.deepEqual(all('http://[::1]:8080/[1-2]'), ['http://[::1]:8080/1', 'http://[::1]:8080/2']);
  assert.deepEqual(all('http://[2001:db8::1]/'), ['http://[2001:db8::1]/']);
});

for (const bad of ['[5-1]', '[1-5:0]', '[1-5', '[1-]', '[1-5:]', '[1-x]', '[c-a]', '[1-1234567890123456]']) {
  test(`${bad} is no range`, () => assert.deepEqual(codes(`http://x/\nhttp://x/${bad}`), ['2 bad-range']));
}

test('a range that leaves the addresses is none', () =>
  assert.deepEqual(codes('http://x:[65535-65536]/'), ['1 url-not-http']));

test('a range of a thousand million costs nothing until it is asked for', () => {
  const { lines, problems } = parseAddresses('http://x/[1-1000000000]');
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [['urls-too-many', 1]],
  );
  const [line = ''] = lines;
  assert.equal(countOf(line), 1e9);
  const [first] = addressesOf(line);
  assert.equal(first, 'http://x/1');
});

test('the line that makes them too many is named, once', () => {
  assert.deepEqual(codes('http://x/[1-100000]'), []);
  assert.deepEqual(codes('http://x/[1-99999]\nhttp://y/\nhttp://z/\nhttp://z/[1-9]'), ['3 urls-too-many']);
});

test('long addresses are too much before they are too many', () => {
  const long = `http://x/${'a'.repeat(4000)}`;
  assert.deepEqual(codes(`${long}[1-4000]`), []);
  assert.deepEqual(codes(`http://x/\n${long}[1-90000]`), ['2 urls-too-much']);
});

test('the first address is found without the others', () => {
  assert.equal(firstAddress('a title\n\nsee http://x/[3-900000] and http://y/\nhttp://z/'), 'http://x/3');
  assert.equal(firstAddress('none'), null);
});

test('an address of more than 8 KB is none', () => {
  const path = 'a'.repeat(8192 - 'http://x/'.length);
  assert.deepEqual(all(`http://x/${path}`), [`http://x/${path}`]);
  assert.deepEqual(codes(`http://x/${path}a`), ['1 url-not-http']);
  assert.deepEqual(codes(`http://x/${'あ'.repeat(1000)}`), ['1 url-not-http']);
});
