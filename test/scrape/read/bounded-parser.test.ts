import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { treeAdapter as adapter, parse5 } from '../../../src/scrape/packages.js';
import { parseHtml } from '../../../src/scrape/read/bounded-parser.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import { openDocument } from '../../../src/scrape/read/document.js';

function open(html: string) {
  return openDocument({ text: html, kind: 'html', url: 'http://a/' });
}

function texts(html: string, row: string): readonly unknown[] {
  const { columns } = parseColumns(`text: @text-own`);
  return open(html)
    .read({ row, columns, next: '' })
    .rows.map(({ text }) => text);
}

/** What a rule of HTML's might be about, in any order. */
const PIECES = [
  ...[
    '<',
    '>',
    '&',
    '&amp;',
    '&#32;',
    '&notit;',
    ' ',
    '\n',
    '\r\n',
    '\r',
    '\f',
    '\0',
    'ab c ',
    '日本 の',
    '😀',
    '\ud83d',
    '"',
    "'",
    '=',
    '-',
  ],
  ...[
    '<p>',
    '</p>',
    "<a href='x?a=1&b=2\r\n c'>",
    '<i B-c=d e="f\r\n&lt;g" h>',
    '</i>',
    '<a b="c d" e-f="😀>"\n b="2">',
    '<img g="h" />',
    '<b i="j&lt;k" l="m\r\n">',
    '<q n="o"p="q">',
    '<s r="s" T="u" >',
    '<u v="w',
    '</b >',
    '</B>',
    '<br/>',
    '<table>',
    '<td>',
    '<col>',
    '</table>',
  ],
  ...[
    '<template>',
    '</template>',
    '<frameset>',
    '</frameset>',
    '<body>',
    '</body>',
    '</html>',
    '<textarea>',
    '</textarea>',
    '<pre>',
  ],
  ...[
    '<script>',
    '</script>',
    '<!--',
    '-->',
    '<svg>',
    '</svg>',
    '<![CDATA[',
    ']]>',
    '<select>',
    '<noscript>',
    '<plaintext>',
  ],
];

it('the tree is the one that parse5 makes', () => {
  const options = { scriptingEnabled: false, treeAdapter: adapter() };
  const isAlike = (html: string) => assert.equal(shape(parseHtml(html, options)), shape(parse5().parse(html, options)));
  fc.assert(fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }), (pieces) => isAlike(pieces.join(''))));
  // parse5 lets go of what it has read of a long page.
  isAlike(`<p ${Array.from({ length: 50 }, (_, i) => `a${i}="b"`).join(' ')}>c`);
  isAlike(`<p title='${'a & b\r\n'.repeat(9000)}'>${'ab c\r\n<br>'.repeat(9000)}`);
});

/** Without what only says again where a node stands. */
function shape(root: object): string {
  const left = new Set(['parent', 'prev', 'next', 'x-attribsNamespace', 'x-attribsPrefix']);
  return JSON.stringify(root, (key, value) => (left.has(key) ? undefined : value));
}

it('what is nested deeper than in browsers stands beside the deepest', () => {
  const html = Array.from({ length: 2000 }, (_, i) => `<div>${i}`).join('');
  assert.deepEqual(
    texts(html, 'div'),
    Array.from({ length: 2000 }, (_, i) => String(i)),
  );
  // <html> and <body> are two of the 512 levels, and the last one has all the others.
  assert.equal(texts(html, 'div:nth-child(2)').length, 1);
  assert.equal(texts(html, `${'div > '.repeat(50)}div`).length, 1950);
});

it('tables within tables keep what is in them', () => {
  const cell = texts('<table><tr><td>'.repeat(1000).concat('deep'), 'td:-soup-contains("deep")');
  assert.equal(cell.length > 0, true);
});

it('of a tag with very many attributes the first are read', () => {
  const attributes = Array.from({ length: 5000 }, (_, i) => `a${i}=${i}`).join(' ');
  assert.deepEqual(texts(`<p ${attributes}>one`, 'p[a0][a999]'), ['one']);
  assert.deepEqual(texts(`<p ${attributes}>one`, 'p[a1000]'), []);
});

it('formatting that nobody closes is opened anew in each paragraph, but not without end', () => {
  const fonts = Array.from({ length: 1800 }, (_, i) => `<font id=f${i}>`).join('');
  assert.equal(texts(`${fonts}${'<p>x'.repeat(500)}`, 'p').length, 500);
  assert.deepEqual(texts('<p><b>one<p>two', 'p b'), ['one', 'two']);
});
