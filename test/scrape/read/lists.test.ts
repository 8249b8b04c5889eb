import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesIn } from '../../../src/scrape/read/lists.js';

const read = (name: string, text: string | Buffer) => addressesIn({ name, bytes: Buffer.from(text) });

const A = 'http://a.example/';
const B = 'http://b.example/x,y';

const FILES: readonly (readonly [says: string, name: string, text: string, expected: readonly string[]])[] = [
  ['a line each', 'urls.txt', `${A}\r\n\r\n ${B} \n`, [A, B]],
  ['a heading', 'urls.txt', `URL\n${A}`, [A]],
  ['a byte order mark', 'urls.csv', `\ufeff${A}\n`, [A]],
  ['the column with addresses, quoted', 'list.csv', `name,address\n"A, Inc.",${A}\n"B ""b""","${B}"\n`, [A, B]],
  ['semicolons', 'list.csv', `name;address\nA;${A}\n`, [A]],
  ['tabs', 'list.tsv', `${A}\tA\n${B}\tB\n`, [A, B]],
  ['line ends within quotes', 'list.csv', `"a\nb",${A}\n"c",http://b.example/\n`, [A, 'http://b.example/']],
  ['a table under a name for text', 'list.txt', `title,url\nA,${A}\n"B, b","${B}"\n`, [A, B]],
  ['a table of addresses first', 'list.txt', `url,title\n${A},A\nhttp://b.example/,B\n`, [A, 'http://b.example/']],
  ['tabs under a name for text', 'list.txt', `${A}\tA\n${B}\tB\n`, [A, B]],
  [
    'commas in addresses',
    'urls.txt',
    `${A}?box=1,2\nhttp://c.example/?box=3,4\n`,
    [`${A}?box=1,2`, 'http://c.example/?box=3,4'],
  ],
  ['a list of one column, in quotes', 'list.txt', `"url"\n"${A}"\n"${B}"\n`, [A, B]],
  ['a list under a name for tables', 'list.csv', `${A}\n\nhttp://b.example/\n`, [A, 'http://b.example/']],
  ['empty cells', 'list.csv', `n,u\n1,${A}\n2,\n3,http://b.example/#x\n`, [A, 'http://b.example/']],
  ['a range', 'urls.txt', 'u\nhttp://a/[08-10]', ['http://a/08', 'http://a/09', 'http://a/10']],
  ['normal form', 'urls.txt', 'HTTP://A.example:80/#x', [A]],
];

for (const [says, name, text, expected] of FILES) {
  test(`a file with ${says}`, () => assert.deepEqual(read(name, text), expected));
}

test('a file in Shift_JIS, as Excel in Japan writes it', () => {
  const heading = Buffer.from([0x83, 0x41, 0x83, 0x68, 0x83, 0x8c, 0x83, 0x58]);
  assert.deepEqual(read('list.csv', Buffer.concat([heading, Buffer.from(`\r\n${A}\r\n`)])), [A]);
});

test('what is wrong with a file is said, with the line', () => {
  assert.deepEqual(read('a.txt', ''), { problem: 'file-empty' });
  assert.deepEqual(read('a.txt', 'nothing here'), { problem: 'file-empty' });
  assert.deepEqual(read('a.txt', `${A}\nwww.b.example`), {
    problem: 'file-bad-address',
    line: 2,
    content: 'www.b.example',
  });
  const unclosed = { problem: 'file-bad-address', content: '"http://a/66' };
  assert.deepEqual(read('a.csv', `${A}\n"http://a/66`), { ...unclosed, line: 2 });
  assert.deepEqual(read('a.csv', `"http://a/66\n${A}`), { ...unclosed, line: 1 });
  const range = { problem: 'file-bad-address', line: 2, content: 'http://a/[2-1]' };
  assert.deepEqual(read('a.txt', `${A}\nhttp://a/[2-1]`), range);
  assert.deepEqual(read('a.txt', 'http://a/[1-100001]'), { problem: 'file-too-many' });
  assert.deepEqual(read('a.txt', Buffer.alloc(5 * 1024 * 1024 + 1)), { problem: 'file-too-large' });
  const many = Array.from({ length: 100_001 }, (_, n) => `http://a/${n}`).join('\n');
  assert.deepEqual(read('a.txt', many), { problem: 'file-too-many' });
});

test('the line is that of the file, not of the table', () => {
  const text = `title,url\r\n"two\r\nlines",${A}\r\n\r\nC,www.c.example\r\n`;
  assert.deepEqual(read('a.csv', text), { problem: 'file-bad-address', line: 5, content: 'www.c.example' });
});

test('a table as Excel writes it, in Shift_JIS and in UTF-16', () => {
  const title = Buffer.from([0x8a, 0x94, 0x8e, 0xae, 0x89, 0xef, 0x8e, 0xd0]);
  const shiftJis = Buffer.concat([Buffer.from('n,url\r\n'), title, Buffer.from(`,${A}\r\n`)]);
  assert.deepEqual(read('list.csv', shiftJis), [A]);
  assert.deepEqual(read('list.txt', Buffer.from(`\ufeff会社\t${A}\r\n`, 'utf16le')), [A]);
});

test('files at the limit, and hostile ones, are read in moments', () => {
  const all = read('a.csv', Array.from({ length: 100_000 }, (_, n) => `${n},http://a/${n}`).join('\n'));
  assert.equal('problem' in all ? 0 : all.length, 100_000);
  assert.deepEqual(read('a.csv', `"${'a'.repeat(5_000_000)}`), { problem: 'file-empty' });
  assert.deepEqual(read('a.csv', '"'.repeat(5_000_001)), { problem: 'file-empty' });
});
