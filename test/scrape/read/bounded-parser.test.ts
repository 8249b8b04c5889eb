import assert from 'node:assert/strict';
import { it } from 'node:test';
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
