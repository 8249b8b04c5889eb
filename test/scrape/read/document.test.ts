import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import type { Kind } from '../../../src/scrape/read/content-type.js';
import { openDocument } from '../../../src/scrape/read/document.js';
import { failsWith } from '../fetch/serve.js';

const URL_OF_PAGE = 'http://site.example/list/1.html';

interface Asked {
  row?: string;
  columns?: string;
  next?: string;
  kind?: Kind;
}

function read(text: string, { row = '', columns = 'x:', next = '', kind = 'html' }: Asked = {}) {
  const parsed = parseColumns(columns);
  assert.deepEqual(parsed.problems, []);
  return openDocument({ text, kind, url: URL_OF_PAGE }).read({ row, columns: parsed.columns, next });
}

/** The cell of the only column in the only row. */
function cell(text: string, columns: string, kind: Kind = 'html'): string | number | undefined {
  return read(text, { columns: `x: ${columns}`, kind }).rows[0]?.['x'];
}

function next(text: string, selector = '.next'): string | null {
  return read(text, { next: selector }).next;
}

test('each match of the row is a row, with the page it came from', () => {
  const text = '<ul><li><b>A</b> <a href="a.html">a</a><li><a href="/b.html">b</a></ul>';
  assert.deepEqual(read(text, { row: 'li', columns: 'name: b\nlink: a@href' }).rows, [
    { page: URL_OF_PAGE, name: 'A', link: 'http://site.example/list/a.html' },
    { page: URL_OF_PAGE, name: '', link: 'http://site.example/b.html' },
  ]);
});

test('without a row selector the page itself is one row', () => {
  const text = '<html lang=ja><title>T</title><h1>One</h1><p>Two</p>';
  const { rows } = read(text, { columns: 'title: title\nlang: @lang\nall:' });
  assert.deepEqual(rows, [{ page: URL_OF_PAGE, title: 'T', lang: 'ja', all: 'One Two' }]);
});

test('a page that is itself the row has its own element found, too', () => {
  const { rows } = read('<html lang="ja"><p>石', { columns: 'lang: html@lang\ntext: html > body > p' });
  assert.deepEqual(rows, [{ page: URL_OF_PAGE, lang: 'ja', text: '石' }]);
});

test('a page of more rows than can be made in one go is refused', () => {
  const text = '<i></i>'.repeat(10_001);
  assert.throws(() => read(text, { row: 'i', columns: 'a:' }), /more than 10000 rows/);
});

test('attributes with the names of what JavaScript objects inherit are attributes like others', () => {
  const text = '<p id="1" constructor="c" __proto__="p"><p id="2">';
  const { rows } = read(text, {
    row: 'p',
    columns: 'c: @constructor\np: @__proto__\ns: @tostring\nh: p[constructor]@id',
  });
  assert.deepEqual(
    rows.map(({ page: _, ...cells }) => cells),
    [
      { c: 'c', p: 'p', s: '', h: '' },
      { c: '', p: '', s: '', h: '' },
    ],
  );
  assert.equal(cell(text, '[constructor]@id'), '1');
});

test('a redirect written in the page is found however it is spelt', () => {
  const target = (meta: string) =>
    openDocument({ text: `<head>${meta}`, kind: 'html', url: URL_OF_PAGE }).refresh(null)?.href ?? null;
  const there = 'http://site.example/there';
  assert.equal(target('<meta http-equiv="refresh" content="0;url=/there">'), there);
  assert.equal(target('<META content="0;url=/there" HTTP-EQUIV = \n\'Refresh\'>'), there);
  assert.equal(target('<meta http-equiv=refr&#101;sh content="0;url=/there">'), there);
  assert.equal(target('<meta http-equiv="&#114;efresh" content="0;url=/there">'), there);
  assert.equal(target('<meta http-equiv="content-type" content="0;url=/there">'), null);
});

test('trees are made of the nodes that cheerio itself makes them of', () => {
  const ours = createRequire(import.meta.url);
  const cheerios = createRequire(ours.resolve('cheerio'));
  for (const name of ['domhandler', 'parse5-htmlparser2-tree-adapter']) {
    assert.equal(ours.resolve(name), cheerios.resolve(name));
  }
});

test('what a second body brings along is added to the first, and links of SVG keep their names', () => {
  const text = '<body class="a"><svg><a xlink:href="/x" id="s">x</a></svg><body class="b" lang="ja">';
  assert.equal(cell(text, 'body@class'), 'a');
  assert.equal(cell(text, 'body@lang'), 'ja');
  assert.equal(cell(text, 'svg@html'), '<a xlink:href="/x" id="s">x</a>');
  assert.match(String(cell(text, '#s@xlink:href')), /^https?:.*\/x$/);
});

test('a row that matches nothing makes no rows', () => assert.deepEqual(read('<p>', { row: 'li' }).rows, []));

test('a column finds nothing outside its row', () => {
  assert.equal(read('<b>no</b><p>x</p>', { row: 'p', columns: 'x: b' }).rows[0]?.['x'], '');
});

test('a column may begin at its row', () => {
  const text = '<div><p><b>deep</b></p><b>child</b></div>';
  assert.equal(read(text, { row: 'div', columns: 'x: > b' }).rows[0]?.['x'], 'child');
});

const TEXTS: readonly (readonly [says: string, html: string, text: string])[] = [
  ['entities are decoded', '<p>a &amp; b &lt;c&gt; &eacute; &#x77f3;</p>', 'a & b <c> é 石'],
  ['white space is collapsed', '<p>  a \n\t b&nbsp;&nbsp; c  </p>', 'a b c'],
  ['the ideographic space stays', '<p>山田　太郎</p>', '山田　太郎'],
  ['scripts, styles and templates are left out', '<p>a<script>x</script><style>y</style><template>z</template>b', 'ab'],
  ['comments are left out', '<p>a<!-- x -->b', 'ab'],
  ['what stands for missing scripts is left out', '<p>a<noscript><b>b</b></noscript>c', 'ac'],
  ['what is hidden is left out', '<div><p>a</p><p hidden>b</p>c<p hidden="until-found">d</p></div>', 'a c'],
  ['line breaks part words', '<p>a<br>b', 'a b'],
  ['blocks part words', '<div><p>a</p><p>b</p>c</div>', 'a b c'],
  ['cells part words', '<table><tr><td>a<td>b</table>', 'a b'],
  ['inline elements do not part words', '<p>to<b>bi</b><i>ishi</i>', 'tobiishi'],
];

for (const [says, html, text] of TEXTS) test(says, () => assert.equal(cell(html, 'body > *'), text));

test('a script asked for by name gives its source', () => {
  assert.equal(cell('<script type="application/ld+json">{"a": 1}</script>', 'script'), '{"a": 1}');
});

test('what is not on the screen is read when it is asked for by name', () => {
  const html = '<p>x</p><noscript><b>a</b> b</noscript><div hidden>c <i>d</i></div><template><b>e</b></template>';
  assert.deepEqual(
    ['noscript', 'noscript b', '[hidden]', 'div i', 'template'].map((selector) => cell(html, selector)),
    ['a b', 'a', 'c d', 'd', 'e'],
  );
});

test('@text, @html and any attribute', () => {
  const html = '<p data-Id=" 7 "><b>a</b> &amp; b</p>';
  assert.equal(cell(html, 'p@text'), 'a & b');
  assert.equal(cell(html, 'p@html'), '<b>a</b> &amp; b');
  assert.equal(cell(html, 'p@data-ID'), ' 7 ');
  assert.equal(cell(html, 'p@missing'), '');
});

test('href and src are resolved by the base of the page', () => {
  const html = '<base href="/other/"><a href="x?q=1#f">a</a><img src="//cdn.example/i.png">';
  assert.equal(cell(html, 'a@href'), 'http://site.example/other/x?q=1#f');
  assert.equal(cell(html, 'img@src'), 'http://cdn.example/i.png');
});

test('a base that is no web address is none', () => {
  assert.equal(cell('<base href="data:x"><a href="a">a</a>', 'a@href'), 'http://site.example/list/a');
});

test('what is no address stays as written', () => assert.equal(cell('<a href="http://[">a</a>', 'a@href'), 'http://['));

test('the next link is absolute, without fragment', () => {
  assert.equal(next('<a class=next href="2.html#top">2</a>'), 'http://site.example/list/2.html');
});

test('the next link may be inside or around what is selected', () => {
  assert.equal(next('<li class=next><a href="2.html">2</a>'), 'http://site.example/list/2.html');
  assert.equal(next('<a href="2.html"><b class=next>2</b></a>'), 'http://site.example/list/2.html');
});

test('a link element may be the next link', () => {
  assert.equal(next('<link rel=next href="/2">', 'link[rel=next]'), 'http://site.example/2');
});

test('no link, or none to a web page, is no next link', () => {
  assert.equal(next('<p>'), null);
  assert.equal(next('<a class=next>2</a>'), null);
  assert.equal(next('<a class=next href="javascript:more()">2</a>'), null);
  assert.equal(next('<a class=next href="mailto:a@b.example">2</a>'), null);
});

test('XML keeps the elements that HTML knows otherwise', () => {
  const text = '<?xml version="1.0"?><rss><item><link>http://a.example/</link><pubDate>now</pubDate></item></rss>';
  const { rows } = read(text, { kind: 'xml', row: 'item', columns: 'link: link\ndate: pubDate' });
  assert.deepEqual(rows, [{ page: URL_OF_PAGE, link: 'http://a.example/', date: 'now' }]);
});

test('XHTML may close its scripts at once', () => {
  const text =
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><script src="a.js"/></head><body><p>a&nbsp;b</p></body></html>';
  assert.equal(cell(text, 'p', 'xhtml'), 'a b');
});

test('plain text is text, whatever it looks like', () => {
  assert.equal(cell('a <b>c</b> &amp;\n\nd', '', 'text'), 'a <b>c</b> &amp; d');
});

test('an empty page is one row of empty cells', () => {
  for (const kind of ['html', 'xhtml', 'xml', 'text'] as const) assert.equal(cell('', '', kind), '');
});

test('a page nested deeper than the call stack is read', () => {
  assert.equal(cell(`${'<b>'.repeat(500)}deep`, ''), 'deep');
  assert.equal(cell(`${'<a>'.repeat(50_000)}deep${'</a>'.repeat(50_000)}`, '', 'xml'), 'deep');
});

test('a page of very many elements side by side is read', () => {
  const page = cell(`${'<i> </i>'.repeat(300_000)}end`, '');
  assert.equal(page, 'end');
});

test('a name from the prototype is a column like any other', () => {
  const row = read('<p>a', { columns: '__proto__: p\nconstructor: p' }).rows[0] ?? {};
  assert.deepEqual(Object.keys(row), ['page', '__proto__', 'constructor']);
});

test('a selector that fails only on the page is final', () => {
  const recipe = { row: ':bogus', columns: [], next: '' };
  assert.throws(
    () => openDocument({ text: '<p>', kind: 'html', url: URL_OF_PAGE }).read(recipe),
    failsWith('bad-selector', false),
  );
});
