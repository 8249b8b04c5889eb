import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellValue } from '../../../src/scrape/clean/cleaning.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import type { Kind } from '../../../src/scrape/read/content-type.js';
import { openDocument } from '../../../src/scrape/read/document.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

const URL_OF_PAGE = 'http://site.example/list/1.html';

/** The rows, without the page that they came from. */
function rowsOf(text: string, columns: string, row = '', kind: Kind = 'html'): Record<string, CellValue>[] {
  const parsed = parseColumns(columns);
  assert.deepEqual(parsed.problems, []);
  const { rows } = openDocument({ text, kind, url: URL_OF_PAGE }).read({ row, columns: parsed.columns, next: '' });
  return rows.map(({ page: _, ...cells }) => cells);
}

function cell(text: string, column: string, kind: Kind = 'html'): CellValue | undefined {
  return rowsOf(text, `x: ${column}`, '', kind)[0]?.['x'];
}

describe('text is what a person sees, as the innerText of Chromium has it', () => {
  const SEEN: readonly (readonly [html: string, text: string])[] = [
    ['<h1><svg><title>Star</title><desc>d</desc><text>x</text></svg>4.5</h1>', 'x 4.5'],
    ['<p>a<video>v</video><audio>w</audio><canvas>c</canvas><iframe>i</iframe>b', 'ab'],
    ['<p>a<object data="a.svg">o</object><object data="a.swf">p</object>b', 'apb'],
    ['<p>a<progress>p</progress><meter>m</meter><textarea>t</textarea>b', 'ab'],
    ['<div>a<span style="display:none">b</span><span style="DISPLAY : none !important">c</span>d</div>', 'ad'],
    ['<p>a<span style="visibility:hidden">b<b style="visibility:visible">c</b></span>d', 'acd'],
    ['<p>a<span style="--x:display:none;color:red">b</span>', 'ab'],
    ['<div>a<dialog>b</dialog><dialog open>c</dialog>d</div>', 'a c d'],
    ['<div>a<details><summary>b</summary>c</details><details open><summary>d</summary>e</details></div>', 'a b d e'],
    ['<div>a<p popover>b</p><input type=hidden value=c><datalist><option>d</datalist>e</div>', 'ae'],
    ['<p>a<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>', 'a漢かん'],
    ['<div>a<select><option>b<option>c</select>d</div>', 'a b c d'],
    ['<div style="display:flex"><span>a</span><span>b</span></div>', 'a b'],
    ['<ul><li style="display:inline">a</li><li style="display:inline">b</li></ul>', 'ab'],
    ['<p>a<span style="display:block">b</span>c', 'a b c'],
    ['<p>a<span style="display:inline-block">b</span>c', 'abc'],
    ['<p>a<span style="display:inline-block"> b </span>c <button> <i> d </i> </button> e', 'abc d e'],
    ['<div>a<span style="display:inline-flex"><div>b</div></span></div>', 'a b'],
    ['<div><p style="display:inline">a</p><p style="display:inline">b</p></div>', 'a b'],
    ['<p>a<span style="display:none;display:nonsense">b</span><span style="display:blah">c</span>', 'ac'],
    ['<p>a<span style="disp\\lay:no\\6e e">b</span><span style="display:/**/none">c</span>', 'a'],
    ['<p>a<span style="display:none;all:unset">b</span><span style="display:none!ie">c</span>', 'abc'],
    ['<p>a<span style="--x:none;display:var(--x)">b</span><span style="display:var(--y)">c</span>', 'ac'],
    ['<p>a<span style="content-visibility:hidden">b</span><span hidden=until-found>c</span>', 'abc'],
    ['<div>a<p style="content-visibility:hidden">b</p></div>', 'a'],
    ['<div><b style="display:table-cell">a</b><b style="display:table-cell">b</b><b>c</b></div>', 'a bc'],
    ['<p style="text-transform:uppercase">straße <b style="text-transform:none">b</b></p>', 'STRASSE b'],
    ['<p style="text-transform:capitalize">o\'neil <b>world-wi</b>de 1st</p>', "O'neil World-Wide 1st"],
    ['<p>a<svg>b<text>c</text></svg><select>d<option>e</select>', 'a c e'],
    ['<p>a<object data="">b</object>', 'ab'],
    ['<p>a<svg><text display=none>b</text><g visibility=hidden><text>c</text></g><text>d</text></svg>', 'a d'],
    ['<p>a<svg><linearGradient><text>b</text></linearGradient></svg>c', 'ac'],
    ['<p>a<span style="float:inline-start">b</span>c', 'a b c'],
    ['<p>a<math><mn>1</mn><mo>+</mo><mn>2</mn></math>b', 'a 1 + 2 b'],
    ['<p>a<math><mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr></mtable></math>b', 'a 1 2 b'],
    ['<p><ruby>漢<rp>(</rp><rt>かん</rt><rp style="display:inline">)</rp></ruby>', '漢かん)'],
    ['<p lang=tr style="text-transform:uppercase">i <b lang=en>i</b>', 'İ I'],
    ['<p lang=el style="text-transform:uppercase">άέ', 'ΑΕ'],
  ];
  for (const [html, text] of SEEN) it(html, () => assert.equal(cell(html, 'body > *'), text));

  const STYLED: readonly (readonly [css: string, text: string])[] = [
    ['.a{display:none}', 'bc'],
    ['.a, #b { color: red; display: none }', 'c'],
    ['p > i{visibility:hidden}', ''],
    ['.a{display:none} p .a{display:inline}', 'abc'],
    ['p .a{display:none} .a{display:inline}', 'bc'],
    ['.a{display:none!important} p .a{display:inline}', 'bc'],
    ['@media print{.a{display:none}}', 'abc'],
    ['@media screen and (min-width: 40em){.a{display:none}} @media (max-width:600px){#b{display:none}}', 'bc'],
    ['@supports (display:grid){.a{display:none}}', 'bc'],
    ['/* .a{display:none} */ .x{content:"}.a{display:none}"}', 'abc'],
    ['[data-x^=y]{display:none}', 'ab'],
    ['.a::before{display:none} .a:unknown{display:none}', 'abc'],
    ['[hidden]{display:inline}', 'abc'],
    ['i{display:none', ''],
    ['@media not print{.a{display:none}} @media not screen{#b{display:none}}', 'bc'],
    ['@media (600px<=width<2000px) and (hover){.a{display:none}} @media (width>1280px){#b{display:none}}', 'bc'],
    ['@media (orientation:portrait) or (min-width:10cm){.a{display:none}} @media (foo){#b{display:none}}', 'bc'],
    ['@media screen and(min-width:1px), not (foo){i{display:none}}', 'abc'],
    ['@media (prefers-color-scheme:dark){i{display:none}} @media{.a{display:none}}', 'bc'],
    ['@supports not (display:grid){i{display:none}} @supports (display:foo){i{display:none}}', 'abc'],
    ['@supports selector(:has(a)) and (not (-moz-appearance:none)){.a{display:none}}', 'bc'],
    ['.a{display:inline} @layer x{.a{display:none}}', 'abc'],
    ['@layer x,y; @layer y{.a{display:none}} @layer x{p .a{display:inline}}', 'bc'],
    ['@layer x{.a{display:none!important}} .a{display:inline!important}', 'bc'],
    ['p{.a{display:none} & > #b{display:none}}', 'c'],
    ['.a{color:red;+ i{display:none}} i{p &{&[data-x]{display:none}}}', 'a'],
    ['.a{@media screen{display:none}} #b{@media print{display:none}}', 'bc'],
    ['p{--x:none} .a{display:var(--x)} #b{display:var(--y,none)}', 'c'],
    ['.a, #b::before{display:none}', 'bc'],
    ['.a{background:url(a}b);display:none} #b{content:"}";display:none}', 'c'],
    ['.a{display:none}} #b{display:none} [data-x]{display:none}', 'b'],
    ['.a{display:none\\9} #b{display:none;display:initial}', 'abc'],
    ['i{visibility:hidden} .a{visibility:initial} #b{visibility:inherit}', 'ab'],
    ['@keyframes x{.a{display:none}} @unknown{.a{display:none}} @import "x";#b{display:none}', 'ac'],
  ];
  for (const [css, text] of STYLED) {
    it(css, () => {
      const html = `<style>${css}</style><p><i class=a>a</i><i id=b>b</i><i data-x=yes hidden>c</i></p>`;
      const shown = css.startsWith('[hidden]') ? html : html.replace(' hidden', '');
      assert.equal(cell(shown, 'p'), text);
    });
  }

  const SHEETS: readonly (readonly [attributes: string, isInUse: boolean])[] = [
    ['type=TEXT/css', true],
    ['type=text/less', false],
    ['media="print, screen and (min-width:600px)"', true],
    ['media="(max-width:600px)"', false],
  ];
  for (const [attributes, isInUse] of SHEETS) {
    it(`<style ${attributes}>`, () => {
      const html = `<style ${attributes}>i{display:none}</style><p>a<i>b</i>`;
      assert.equal(cell(html, 'p'), isInUse ? 'a' : 'ab');
    });
  }

  it('style sheets for browsers without scripts hide nothing', () => {
    assert.equal(cell('<noscript><style>i{display:none}</style></noscript><p>a<i>b</i>', 'p'), 'ab');
  });

  it('what is hidden is read when it is asked for by name', () => {
    const html = '<style>.h{display:none}</style><div class=h>a <i class=h>b</i><script>c</script></div>';
    assert.equal(cell(html, 'div'), 'a b');
    assert.equal(cell(html, 'i'), 'b');
  });

  it('a style sheet of very many characters costs no more than one look at each', () => {
    const startedAt = cpuMs();
    for (const css of ['display:'.repeat(12_500), '{'.repeat(1e5), 'a{display:none}'.repeat(6000), '"'.repeat(1e5)])
      assert.equal(cell(`<style>${css}</style><p style="${' '.repeat(1e5)}display:${' '.repeat(1e5)}">x`, 'p'), 'x');
    assert.ok(cpuMs() - startedAt < 4000);
  });
});

describe('tables, as the HTML standard forms them', () => {
  const columns = 'a: td:nth-child(1)\nb: td:nth-child(2)\nc: td:nth-child(3)';
  const table = (rows: string) => rowsOf(`<table>${rows}</table>`, columns, 'tr').map(({ a, b, c }) => [a, b, c]);

  it('a cell that reaches down is in each of its rows', () => {
    assert.deepEqual(table('<tr><td rowspan=2>A<td>1<td>9<tr><td>2<td>8<tr><td>B<td>3<td>7'), [
      ['A', '1', '9'],
      ['A', '2', '8'],
      ['B', '3', '7'],
    ]);
  });
  it('a cell that is as wide as several is in each of its columns', () => {
    assert.deepEqual(table('<tr><td colspan=2>A<td>9<tr><td>1<td colspan="2 ">B'), [
      ['A', 'A', '9'],
      ['1', 'B', 'B'],
    ]);
  });
  it('both at once, and in the middle of a row', () => {
    assert.deepEqual(table('<tr><td>1<td rowspan=2 colspan=2>A<tr><td>2<tr><td>3<td>4<td>5'), [
      ['1', 'A', 'A'],
      ['2', 'A', 'A'],
      ['3', '4', '5'],
    ]);
  });
  it('nought reaches to the end of the group, and no cell beyond it', () => {
    assert.deepEqual(table('<tbody><tr><td rowspan=0>A<td>1<tr><td>2<tbody><tr><td>B<td>3'), [
      ['A', '1', ''],
      ['A', '2', ''],
      ['B', '3', ''],
    ]);
    assert.deepEqual(table('<thead><tr><td rowspan=9>A<td>1<tbody><tr><td>B<td>2'), [
      ['A', '1', ''],
      ['B', '2', ''],
    ]);
  });
  it('cells go by their classes, and what is in them, too', () => {
    const html = '<table><tr><td rowspan=2 class=n><a href=/a>A</a><td>1<tr><td>2</table>';
    assert.deepEqual(rowsOf(html, 'n: .n\nl: td:first-child a@href\nt:', 'tr'), [
      { n: 'A', l: 'http://site.example/a', t: 'A 1' },
      { n: 'A', l: 'http://site.example/a', t: '2' },
    ]);
  });
  it('a table within a cell is one of its own', () => {
    const html = '<table><tr class=r><td rowspan=2>A<td><table><tr><td>x<td>y</table><tr class=r><td>2</table>';
    assert.deepEqual(rowsOf(html, 'a: > td:nth-child(1)\nb: > td:nth-child(2)', '.r'), [
      { a: 'A', b: 'x y' },
      { a: 'A', b: '2' },
    ]);
  });
  it('numbers beyond reason are bounded', () => {
    const html = `<table><tr><td rowspan=99999999 colspan=99999999>A<td>1${'<tr><td>2'.repeat(1000)}</table>`;
    const startedAt = cpuMs();
    const rows = rowsOf(html, 'a: td:nth-child(1)', 'tr');
    assert.equal(rows[0]?.['a'], 'A');
    assert.ok(cpuMs() - startedAt < 5000);
  });
});

describe('attributes with addresses are made absolute', () => {
  const ADDRESSES: readonly (readonly [html: string, attribute: string, value: string])[] = [
    ['<img data-src=/a.jpg>', 'data-src', 'http://site.example/a.jpg'],
    ['<img data-lazy-src=a.jpg>', 'data-lazy-src', 'http://site.example/list/a.jpg'],
    ['<img data-original="a.jpg">', 'data-original', 'http://site.example/list/a.jpg'],
    ['<p data-image="42">', 'data-image', '42'],
    ['<p data-id="/a">', 'data-id', '/a'],
    ['<video poster=p.png>', 'poster', 'http://site.example/list/p.png'],
    ['<form action="?q">', 'action', 'http://site.example/list/1.html?q'],
    ['<object data=o.svg>', 'data', 'http://site.example/list/o.svg'],
    ['<blockquote cite=/c>', 'cite', 'http://site.example/c'],
    ['<body background=b.gif>', 'background', 'http://site.example/list/b.gif'],
    [
      '<img srcset="a.jpg 1x, /b,c.jpg 2x">',
      'srcset',
      'http://site.example/list/a.jpg 1x, http://site.example/b,c.jpg 2x',
    ],
    [
      '<source data-srcset="a.jpg, b.jpg 300w">',
      'data-srcset',
      'http://site.example/list/a.jpg, http://site.example/list/b.jpg 300w',
    ],
    ['<a ping="/a b">', 'ping', 'http://site.example/a http://site.example/list/b'],
    ['<meta property="og:image" content="/i.png">', 'content', 'http://site.example/i.png'],
    ['<meta name=description content="/i.png is good">', 'content', '/i.png is good'],
    ['<meta property="og:title" content="a/b">', 'content', 'a/b'],
    ['<a href="mailto:a@b.example">', 'href', 'mailto:a@b.example'],
    ['<img src="data:image/gif;base64,AA">', 'src', 'data:image/gif;base64,AA'],
    ['<a title="/x">', 'title', '/x'],
  ];
  for (const [html, attribute, value] of ADDRESSES)
    it(html, () => assert.equal(cell(html, `[${attribute}]@${attribute}`), value));

  it('by the base that browsers believe', () => {
    const link = '<a href="x">a</a>';
    assert.equal(
      cell(`<svg><base href="/no/"></base></svg><base href="/yes/">${link}`, 'a@href'),
      'http://site.example/yes/x',
    );
    assert.equal(cell(`<noscript><base href="/no/"></noscript>${link}`, 'a@href'), 'http://site.example/list/x');
    assert.equal(
      cell(`<base target=_top><base href="/one/"><base href="/two/">${link}`, 'a@href'),
      'http://site.example/one/x',
    );
    assert.equal(cell(`<base href="javascript:x">${link}`, 'a@href'), 'http://site.example/list/x');
    assert.equal(
      cell(`<!-- <base href="/no/"> --><p>&lt;base href="/no/"></p>${link}`, 'a@href'),
      'http://site.example/list/x',
    );
  });
  it('in XML by xml:base, which HTML has not', () => {
    const xml = '<feed xml:base="http://b.example/a/"><entry xml:base="c/"><link href="d"/></entry></feed>';
    assert.equal(cell(xml, 'link@href', 'xml'), 'http://b.example/a/c/d');
    assert.equal(cell('<p xml:base="/no/"><a href="d">', 'a@href'), 'http://site.example/list/d');
  });
});

describe('several elements of one column', () => {
  const html =
    '<article><b>1</b><b>2</b><a class=tag href=/x>x</a>, <a class=tag href=/y>y</a> <i class=tag>z</i></article>';
  const row = (columns: string) => rowsOf(html, columns, 'article')[0];

  it('the first, or all where the name has an asterisk', () => {
    assert.deepEqual(row('one: b\nall*: b\nlinks *: a@href'), {
      one: '1',
      all: '1, 2',
      links: 'http://site.example/x, http://site.example/y',
    });
  });
  it('of a class those directly behind the first that are like it', () => {
    assert.deepEqual(row('tags: .tag\nfirst: .tag:first-of-type\nlink: .tag@href'), {
      tags: 'x, y',
      first: 'x',
      link: 'http://site.example/x',
    });
  });
  it('what stands around an element', () => {
    const dl = '<dl><dt><b>Price:</b> 10 <i>EUR</i> net</dt></dl>';
    assert.deepEqual(rowsOf(dl, 'own: dt@text-own\nafter: b@text-after', 'dl'), [{ own: '10 net', after: '10' }]);
  });
});

describe('a row that is spread over siblings', () => {
  const dl = '<dl><dt>a<dd>1<dd class=n>x<dt>b<dt>c<dd>3</dl>';
  it('its cells are in those behind it, up to the next row', () => {
    assert.deepEqual(rowsOf(dl, 'term:\nfirst: + dd\nnote: ~ .n', 'dt'), [
      { term: 'a', first: '1', note: 'x' },
      { term: 'b', first: '', note: '' },
      { term: 'c', first: '3', note: '' },
    ]);
  });
});

it('a page nested deeper than the call stack is written as HTML', () => {
  const html = `<article>${'<blockquote>'.repeat(4000)}deep`;
  const written = String(cell(html, 'article@html'));
  assert.match(written, /^<blockquote><blockquote>.*deep/);
  const xml = `<a>${'<b>'.repeat(12_000)}deep${'</b>'.repeat(12_000)}</a>`;
  assert.equal(String(cell(xml, 'a@html', 'xml')).length, 4 + 7 * 12_000);
});

it('HTML is written as the standard serialises it', () => {
  const html =
    '<p><br><img alt="&quot;<&amp;">a&nbsp;&lt;<!-- c --><script>1 < 2</script><svg><a xlink:href="x"></a></svg></p>';
  assert.equal(
    cell(html, 'p@html'),
    '<br><img alt="&quot;&lt;&amp;">a&nbsp;&lt;<!-- c --><script>1 < 2</script><svg><a xlink:href="x"></a></svg>',
  );
});

describe('a cell is cleaned as its column says', () => {
  const LIST = `<!doctype html><html lang=de><ul>
    <li><b>1.234,50 €</b><time>28. November 2026</time><i>a</i><i>b</i><a href="/p/7?x=1" data-to="z">Tee</a>
    <li><b>ausverkauft</b><time>bald</time><a href="/p/8">Kaffee</a></ul>`;
  const column = (text: string) => rowsOf(LIST, `x: ${text}`, 'li').map(({ x }) => x);

  it('a number by the language of its page', () => assert.deepEqual(column('b | number'), [1234.5, 'ausverkauft']));
  it('a date', () => assert.deepEqual(column('time | date'), ['2026-11-28', 'bald']));
  it('all that is found, with a sign of its own between', () => assert.deepEqual(column('i | join "/"'), ['a/b', '']));
  it('the first alone', () => assert.deepEqual(column('i | first'), ['a', '']));
  it('a part of an address', () => assert.deepEqual(column('a@href | match /p.(\\d+)/ | number'), [7, 8]));
  it('an address that no attribute of addresses holds', () =>
    assert.deepEqual(column('@data-to | absolute'), ['', '']));
  it('the same in every row', () => assert.deepEqual(column('= Kasse 3'), ['Kasse 3', 'Kasse 3']));

  it('what has no number in it is counted', () => {
    const { columns } = parseColumns('price: b | number\nday: time | date');
    const { uncleanCells } = openDocument({ text: LIST, kind: 'html', url: URL_OF_PAGE }).read({
      row: 'li',
      columns,
      next: '',
    });
    assert.equal(uncleanCells, 2);
  });

  it('in JSON, too', () => {
    const text = JSON.stringify([{ price: '1,200 yen', tags: ['a', 'b'] }]);
    assert.deepEqual(rowsOf(text, 'p: price | number\nt: tags | first\nu: price | match (yen)', '', 'json'), [
      { p: 1200, t: 'a', u: 'yen' },
    ]);
  });
});
