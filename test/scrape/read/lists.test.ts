import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf } from '../../../src/scrape/read/addresses.js';
import { readList } from '../../../src/scrape/read/lists.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

/** The addresses, or what is wrong. */
function read(name: string, text: string | Buffer, column = '') {
  const list = readList({ name, bytes: Buffer.from(text) }, column);
  return 'problem' in list ? list : list.lines.flatMap((line) => [...addressesOf(line)]);
}

/** The lines that are left out, with their numbers. */
function leftOut(name: string, text: string): string[] {
  const list = readList({ name, bytes: Buffer.from(text) });
  return 'problem' in list ? [list.problem] : list.leftOut.map(({ line, content }) => `${line}: ${content}`);
}

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
  [
    'title and sum around a table',
    'list.txt',
    `Report\n\nurl,n\n${A},1\nhttp://b.example/,2\nTotal,3\n`,
    [A, 'http://b.example/'],
  ],
  ['an address in the title of a table', 'list.csv', `Export of http://x.example/\n\nurl,n\n${A},1\n`, [A]],
  ['separators in addresses under one name', 'list.csv', `url\n${B}\n${A}?a=1&amp;b=2\n`, [B, `${A}?a=1&amp;b=2`]],
  [
    'JSON, a list within something else',
    'a.json',
    JSON.stringify({ n: 2, data: { items: [{ u: A }, { u: B }] } }),
    [A, B],
  ],
  ['tabs under a name for text', 'list.txt', `${A}\tA\n${B}\tB\n`, [A, B]],
  [
    'commas in addresses',
    'urls.txt',
    `${A}?box=1,2\nhttp://c.example/?box=3,4\n`,
    [`${A}?box=1,2`, 'http://c.example/?box=3,4'],
  ],
  ['JSON, a list of addresses', 'a.json', JSON.stringify([A, B]), [A, B]],
  [
    'JSON, our own',
    'rows.json',
    JSON.stringify(
      [
        { page: A, n: 1 },
        { n: null, page: B },
      ],
      null,
      1,
    ),
    [A, B],
  ],
  ['JSON, records within records', 'a.har', JSON.stringify([{ request: { url: A } }, { request: { url: B } }]), [A, B]],
  ['JSON, a record a line', 'rows.ndjson', `{"page":"${A}","n":1}\n{"page":"${B}"}\n`, [A, B]],
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

test('what is wrong with a file is said', () => {
  assert.deepEqual(read('a.txt', ''), { problem: 'file-empty' });
  assert.deepEqual(read('a.txt', 'nothing here'), { problem: 'file-empty' });
  assert.deepEqual(read('a.txt', 'http://a/[1-100001]'), { problem: 'file-too-many' });
  assert.deepEqual(read('a.txt', Buffer.alloc(5 * 1024 * 1024 + 1)), { problem: 'file-too-large' });
  const many = Array.from({ length: 100_001 }, (_, n) => `http://a/${n}`).join('\n');
  assert.deepEqual(read('a.txt', many), { problem: 'file-too-many' });
  assert.deepEqual(read('a.xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1])), { problem: 'file-unreadable' });
  assert.deepEqual(read('a.xlsx', Buffer.from('PK\x03\x04 no archive')), { problem: 'file-unreadable' });
});

test('lines without an address are named, with the numbers that they have in the file', () => {
  assert.deepEqual(leftOut('a.txt', `${A}\nwww.b.example`), ['2: www.b.example']);
  assert.deepEqual(leftOut('a.txt', `${A}\nprose\n${A}`), ['2: prose']);
  assert.deepEqual(leftOut('a.txt', `${A}\nhttp://a/[2-1]`), ['2: http://a/[2-1]']);
  const text = `title,url\r\n"two\r\nlines",${A}\r\n\r\nC,www.c.example\r\n`;
  assert.deepEqual(leftOut('a.csv', text), ['5: www.c.example']);
});

test('headings above, sums below and dashes in between are no lines to name', () => {
  const csv = `Report of 2024-05-01,\r\n,\r\nurl,hits\r\n${A},1\r\n-,\r\nn/a,\r\n---,---\r\n${A}b,2\r\nTotal,3\r\n`;
  assert.deepEqual(read('report.csv', csv), [A, `${A}b`]);
  assert.deepEqual(leftOut('report.csv', csv), []);
});

const TABLES: readonly (readonly [says: string, text: string])[] = [
  ['sep=;', `sep=;\r\nurl;name\r\n${A};A\r\n${A}b;B\r\n`],
  ['sep= in quotes, of a tab', `"sep=\t"\r\nname\turl\r\nA\t${A}\r\nB\t${A}b\r\n`],
  ['="…"', `url,name\r\n="${A}",A\r\n="${A}b",B\r\n`],
  ['="…" alone', `="${A}"\r\n="${A}b"\r\n`],
  ['=HYPERLINK', `url,n\r\n"=HYPERLINK(""${A}"",""A"")",1\r\n"=HYPERLINK(""${A}b"")",2\r\n`],
  ['bars', `name|url\nA|${A}\nB|${A}b\n`],
  ['separators within quotation marks', `name;url\n"a;b;c";"${A}"\n"d";"${A}b"\n`],
  ['commas in a title above', `Report, of a shop, in May\n\nname;url\nA;${A}\nB;${A}b\n`],
  ['links of Markdown', `- [A](${A})\n- [B (b)](${A}b "title")\n`],
  ['links of HTML', `<li><a class=x href="${A}">A</a></li>\n<a href='${A}b'>B</a>\n`],
  ['titles behind tabs', `${A}\tA\n${A}b\tB b\n`],
];

for (const [says, text] of TABLES)
  for (const name of ['list', 'list.txt', 'list.csv'])
    test(`${says} in ${name}`, () => assert.deepEqual(read(name, text), [A, `${A}b`]));

test('UTF-16, with a mark and without', () => {
  const text = `名前\turl\r\nA\t${A}\r\n`;
  assert.deepEqual(read('a.txt', Buffer.from(`\ufeff${text}`, 'utf16le')), [A]);
  assert.deepEqual(read('a.txt', Buffer.from(`url\t${text}`, 'utf16le')), [A]);
  assert.deepEqual(read('a.csv', Buffer.from(`url,n\r\n${A},1\r\n`, 'utf16le').swap16()), [A]);
});

test('which column is meant is asked when it is not plain', () => {
  const rows = `page,name,link\r\n${A},x,${B}\r\n${A},y,${B}2\r\n`.replaceAll('x,y', 'x');
  assert.deepEqual(read('rows.csv', rows), { problem: 'file-which-column', names: ['page', 'link'] });
  assert.deepEqual(read('rows.csv', rows, 'Page'), [A, A]);
  assert.deepEqual(read('rows.csv', rows, 'C'), ['http://b.example/x', 'http://b.example/x2'].slice(0, 2));
  assert.deepEqual(read('rows.csv', rows, '1'), [A, A]);
  assert.deepEqual(read('rows.csv', rows, 'z'), { problem: 'file-no-column', column: 'z', names: ['page', 'link'] });
  const image = `url,picture\n${A},${A}1.png\n${A}b,${A}2.png\n`;
  assert.deepEqual(read('a.csv', image), [A, `${A}b`]);
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
  const startedAt = cpuMs();
  assert.deepEqual(read('a.txt', `${A}\n${'x y\n'.repeat(1_000_000)}${A}`), { problem: 'file-too-long' });
  assert.deepEqual(read('a.txt', '\r'.repeat(5_000_000)), { problem: 'file-too-long' });
  assert.equal(leftOut('a.txt', `${A}\n${'x y\n'.repeat(200_000)}${A}`).length, 20);
  assert.ok(cpuMs() - startedAt < 5000);
});

test('comments, tags and what ends old files are no lines that lack an address', () => {
  assert.deepEqual(leftOut('a.txt', `# mine\n${A}\n// more\n-- others\n# ${A}3\n#${A}4\n${A}2\n\x1a`), []);
  assert.deepEqual(leftOut('a.html', `<DL><p>\n<a href="${A}">A</a>\n</DL><p>\n`), []);
  assert.deepEqual(leftOut('a.json', JSON.stringify([{ a: { info: A } }])), []);
  assert.deepEqual(leftOut('a.csv', `u,n\n${A},1\n#N/A,2\n${A}2,3\n`), []);
  assert.deepEqual(leftOut('a.txt', `${A}\n#1 of all\nno address\n${A}2`), ['3: no address']);
});
