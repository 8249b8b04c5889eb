import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import type { Kind } from '../../../src/scrape/read/content-type.js';
import { openDocument, type PageDocument, type Source } from '../../../src/scrape/read/document.js';
import { failsWith } from '../fetch/serve.js';

const URL_OF_PAGE = 'http://site.example/list/';

function open(text: string, kind: Kind, more: Partial<Source> = {}) {
  return openDocument({ text, kind, url: URL_OF_PAGE, ...more });
}

function linksOf(document: PageDocument, follow: string): readonly string[] {
  return document.read({ row: '', columns: [], next: '', follow }).follow;
}

/** The rows, without the page that they came from. */
function rowsOf(text: string, row: string, columns: string, kind: Kind = 'json') {
  const parsed = parseColumns(columns);
  assert.deepEqual(parsed.problems, []);
  const { rows } = open(text, kind).read({ row, columns: parsed.columns, next: '' });
  return rows.map(({ page: _, ...cells }) => cells);
}

describe('JSON, by paths', () => {
  const json = JSON.stringify({
    meta: { next: '?page=2', 'a key': 'k' },
    data: {
      items: [
        { name: 'A', price: 9.5, tags: ['x', 'y'], maker: { name: 'M' }, sold: false, note: null },
        { name: 'B', price: 1, tags: [], url: '/b', '@type': 'Product' },
      ],
      'a.b': [1],
    },
  });

  it('rows and columns', () => {
    assert.deepEqual(
      rowsOf(json, 'data.items', 'name: name\nprice: price\nmaker: maker.name\nsold: sold\nnote: note'),
      [
        { name: 'A', price: '9.5', maker: 'M', sold: 'false', note: '' },
        { name: 'B', price: '1', maker: '', sold: '', note: '' },
      ],
    );
  });
  const PATHS: readonly (readonly [path: string, value: string])[] = [
    ['data.items[0].name', 'A'],
    ['$.data.items[1].name', 'B'],
    ['data.items[-1].name', 'B'],
    ['data.items[*].name', 'A, B'],
    ['data.items[1:].name', 'B'],
    ['data.items[::-1].name', 'B, A'],
    ['data.items[-1::-2].name', 'B'],
    ['data.items[:-1].name', 'A'],
    ['data.items.*.name', 'A, B'],
    ['data.items.name', 'A, B'],
    ['data.items.0.name', 'A'],
    ['$..name', 'A, M, B'],
    ["meta['a key']", 'k'],
    ['data["a.b"][0]', '1'],
    ['data.items[0].tags', 'x, y'],
    ['data.items[0].maker', '{"name":"M"}'],
    ['data.items[1]@type', 'Product'],
    ['data.none.at.all', ''],
    ['$', json],
  ];
  for (const [path, value] of PATHS) it(path, () => assert.deepEqual(rowsOf(json, '', `x: ${path}`), [{ x: value }]));

  it('the root may be an array, or a list of values a line', () => {
    const rows = [{ x: '1' }, { x: '2' }];
    assert.deepEqual(rowsOf('[{"x":1},{"x":2}]', '', 'x: x'), rows);
    assert.deepEqual(rowsOf('[{"x":1},{"x":2}]', '$', 'x: x'), rows);
    assert.deepEqual(rowsOf('[{"x":1},{"x":2}]', '*', 'x: x'), rows);
    assert.deepEqual(rowsOf('{"x":1}\n\n{"x":2}\r\n', '', 'x: x'), rows);
    assert.deepEqual(rowsOf('\x1e{"x":1}\n\x1e{"x":2}\n', '$', 'x: x'), rows);
    const { rows: read, leftOut } = open('{"x":1}\n{"x":\n{"x":2}', 'json').read({ row: '', columns: [], next: '' });
    assert.deepEqual([read.length, leftOut], [2, 1]);
  });
  it('numbers that JavaScript has not got are as written', () => {
    assert.deepEqual(rowsOf('{"id":12345678901234567890,"p":1.50,"s":"1.50 \\" 2.0"}', '', 'i: id\np: p\ns: s'), [
      { i: '12345678901234567890', p: '1.50', s: '1.50 " 2.0' },
    ]);
  });
  it('what servers put around it', () => {
    for (const text of ['\ufeff{"x":1}', ')]}\',\n{"x":1}', 'for(;;);{"x":1}', 'back({"x":1});', '/**/a.b({"x":1})'])
      assert.deepEqual(rowsOf(text, '', 'x: x'), [{ x: '1' }], text);
  });
  it('also where it is called HTML or text', () => {
    assert.deepEqual(rowsOf('{"a":[{"x":1}]}', 'a', 'x: x', 'html'), [{ x: '1' }]);
    assert.deepEqual(rowsOf(' [1, 2]', '', 'x:', 'text'), [{ x: '1' }, { x: '2' }]);
    assert.deepEqual(rowsOf('[1] and more', '', 'x:', 'text'), [{ x: '[1] and more' }]);
  });
  it('links are texts, or what has one', () => {
    const document = open(json, 'json', { link: '<?page=3>; rel="next"' });
    assert.deepEqual(linksOf(document, 'meta.next'), ['http://site.example/list/?page=2']);
    assert.deepEqual(linksOf(document, 'data.items'), ['http://site.example/b']);
    assert.deepEqual(linksOf(document, 'link[rel=next]'), ['http://site.example/list/?page=3']);
    assert.deepEqual(linksOf(document, 'data.items.price'), []);
  });
  it('what is no JSON, and what is no path, is said', () => {
    assert.throws(() => open('<p>', 'json'), failsWith('bad-json', false));
    assert.throws(() => rowsOf(json, '', 'x: a > b'), failsWith('bad-json-path', false));
    assert.throws(() => rowsOf('<p>', '', 'x: items[0]', 'html'), failsWith('bad-selector', false));
  });
  it('is read however deep it is', () => {
    const deep = '['.repeat(3000) + ']'.repeat(3000);
    assert.equal(rowsOf(`{"a":${deep},"b":1}`, '', 'b: $..b')[0]?.['b'], '1');
  });
});

describe('feeds', () => {
  it('what the document type declares stands in its place, unless it is a bomb', () => {
    const declared = '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY n "B&nbsp;C">]>';
    const feed = (head: string) => `<?xml version="1.0"?>${head}<rss><item><title>A &n; &amp;</title></item></rss>`;
    assert.deepEqual(rowsOf(feed(declared), 'item', 't: title', 'xml'), [{ t: 'A B C &' }]);
    const more = Array.from({ length: 9 }, (_, i) => `<!ENTITY n${i} "${`&n${i + 1};`.repeat(99)}">`).join('');
    const bomb = `<!DOCTYPE rss [<!ENTITY n "&n0;">${more}]>`;
    assert.match(String(rowsOf(feed(bomb), 'item', 't: title', 'xml')[0]?.['t']), /^A &n; &$/);
  });

  it('a text of many comments is looked through at once', () => {
    assert.equal(open(`${'<!--a-->'.repeat(1000)}x`, 'html').text(), 'x');
  });

  const rss = `<?xml version="1.0"?><rss xmlns:dc="d" xmlns:media="m"><channel><title>C</title><link>http://site.example/</link>
    <item><title>A &amp; B</title><link>/a</link><dc:creator>Me</dc:creator><enclosure url="a.mp3"/><media:thumbnail url="/t.png"/>
    <description><![CDATA[<b>bold</b>]]></description></item><item><guid>http://site.example/b</guid></item></channel></rss>`;
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/base/"><entry><title>A</title><link rel="self" href="s"/>
    <link href="a"/><link rel="enclosure" href="e.mp3"/></entry><link rel="next" href="2.xml"/></feed>`;

  it('rows and columns of RSS', () => {
    const columns =
      'title: title\nlink: link\nby: creator\nfile: enclosure@url\npicture: media\\:thumbnail@url\ntext: description';
    assert.deepEqual(rowsOf(rss, 'item:first-of-type', columns, 'xml'), [
      {
        title: 'A & B',
        link: '/a',
        by: 'Me',
        file: 'http://site.example/list/a.mp3',
        picture: 'http://site.example/t.png',
        text: '<b>bold</b>',
      },
    ]);
  });
  it('links of RSS and Atom', () => {
    assert.deepEqual(linksOf(open(rss, 'xml'), 'item link'), ['http://site.example/a']);
    assert.deepEqual(linksOf(open(rss, 'xml'), 'item'), ['http://site.example/a', 'http://site.example/b']);
    assert.deepEqual(linksOf(open(rss, 'xml'), 'guid'), ['http://site.example/b']);
    const none =
      '<rss><item><guid isPermaLink="false">http://site.example/c</guid></item><item><guid>7</guid></item></rss>';
    assert.deepEqual(linksOf(open(none, 'xml'), 'item'), []);
    assert.deepEqual(linksOf(open(rss, 'xml'), 'enclosure'), ['http://site.example/list/a.mp3']);
    assert.deepEqual(linksOf(open(atom, 'xml'), 'entry link'), ['http://site.example/base/a']);
    assert.deepEqual(linksOf(open(atom, 'xml'), 'entry'), ['http://site.example/base/a']);
    assert.deepEqual(linksOf(open(atom, 'xml'), 'link[rel=next]'), ['http://site.example/base/2.xml']);
    assert.deepEqual(linksOf(open(atom, 'xml'), 'link[rel=enclosure]'), ['http://site.example/base/e.mp3']);
  });
  it('also where they are called HTML or text', () => {
    assert.deepEqual(linksOf(open(rss, 'html'), 'item link'), ['http://site.example/a']);
    assert.deepEqual(linksOf(open(`<!-- x -->\n${atom}`, 'text'), 'entry'), ['http://site.example/base/a']);
    assert.equal(open('<p>&lt;rss></p>', 'html').kind, 'html');
  });
});

describe('links of HTML that are no <a>', () => {
  const LINKS: readonly (readonly [html: string, selector: string, to: string])[] = [
    ['<frameset><frame src=menu.html></frameset>', 'frame', 'menu.html'],
    ['<iframe src=a.html></iframe>', 'iframe', 'a.html'],
    ['<select><option value="">Go<option value=b.html>B</select>', 'option', 'b.html'],
    ['<map><area href=c.html></map>', 'area', 'c.html'],
    ['<a href="javascript:;" data-href="d.html">next</a>', 'a', 'd.html'],
    ['<span onclick="location.href=\'e.html\'">next</span>', 'span', 'e.html'],
    ['<button formaction=f.html>next</button>', 'button', 'f.html'],
    ['<i>http://site.example/list/g.html</i>', 'i', 'g.html'],
    ['<svg><a xlink:href="h.html"><text>x</text></a></svg>', 'svg text', 'h.html'],
  ];
  for (const [html, selector, to] of LINKS)
    it(html, () => assert.deepEqual(linksOf(open(html, 'html'), selector), [URL_OF_PAGE + to]));

  it('the Link header, as if its links were in the page', () => {
    const link = '<style.css>; rel=preload; as=style, <2>; rel="next prefetch"; title="a, b", <1>; rel=prev';
    const document = open('<a rel=next href=own>', 'html', { link });
    assert.deepEqual(linksOf(document, 'link[rel~=next]'), [`${URL_OF_PAGE}2`]);
    assert.deepEqual(linksOf(document, '[rel=prev]'), [`${URL_OF_PAGE}1`]);
    assert.deepEqual(linksOf(document, '[rel~=next]'), [`${URL_OF_PAGE}own`, `${URL_OF_PAGE}2`]);
    assert.deepEqual(linksOf(document, 'a'), [`${URL_OF_PAGE}own`]);
  });
});
