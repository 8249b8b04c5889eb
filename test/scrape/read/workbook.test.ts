import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { writeOds } from 'hucre/ods';
import { writeXlsx } from 'hucre/xlsx';
import { addressesOf } from '../../../src/scrape/read/addresses.js';
import { readList } from '../../../src/scrape/read/lists.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

const A = 'http://a.example/';

function read(bytes: Uint8Array, column = '') {
  const list = readList({ name: 'file', bytes }, column);
  return 'problem' in list ? list.problem : list.lines.flatMap((line) => [...addressesOf(line)]);
}

const sheet = (rows: (string | number | null)[][], name = 'Sheet1') => ({ name, rows });

describe('workbooks, as Excel and LibreOffice have them', () => {
  const rows = [
    ['Report', null, null],
    [],
    ['n', 'name', 'url'],
    [1, 'A', A],
    [2, null, `${A}b`],
    ['Total', null, null],
  ];

  it('.xlsx and .ods, whatever they are called', async () => {
    assert.deepEqual(read(await writeXlsx({ sheets: [sheet(rows)] })), [A, `${A}b`]);
    assert.deepEqual(read(await writeXlsx({ sheets: [sheet(rows)], stringMode: 'inline' })), [A, `${A}b`]);
    assert.deepEqual(read(await writeOds({ sheets: [sheet(rows)] })), [A, `${A}b`]);
  });
  it('the first sheet that has addresses', async () => {
    const book = await writeXlsx({ sheets: [sheet([['nothing']], 'One'), sheet(rows, 'Two')] });
    assert.deepEqual(read(book), [A, `${A}b`]);
  });
  it('a column by its letter', async () => {
    const two = [
      ['a', 'b'],
      [A, `${A}1`],
      [`${A}x`, `${A}2`],
    ];
    const book = await writeXlsx({ sheets: [sheet(two)] });
    assert.equal(read(book), 'file-which-column');
    assert.deepEqual(read(book, 'B'), [`${A}1`, `${A}2`]);
  });
});

/** A workbook of these files alone. */
const zipped = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

describe('cells that show something else than they lead to', () => {
  it('links of cells, formulas, rich texts, readings of kanji', () => {
    const bytes = zipped({
      'xl/sharedStrings.xml': `<sst><si><t>Shop</t></si><si><r><t>http://</t></r><r><t>a.example/rich</t></r><rPh><t>x</t></rPh></si></sst>`,
      'xl/worksheets/sheet1.xml': `<x:worksheet xmlns:x="m" xmlns:r="r"><x:sheetData>
        <x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row>
        <x:row r="2"><x:c r="A2" t="s"><x:v>1</x:v></x:c></x:row>
        <x:row r="3"><x:c r="A3" t="str"><x:f>HYPERLINK("http://a.example/f?a=1&amp;b=2","F")</x:f><x:v>F</x:v></x:c></x:row>
        </x:sheetData><x:hyperlinks><x:hyperlink ref="A1" r:id="rId7"/></x:hyperlinks></x:worksheet>`,
      'xl/worksheets/_rels/sheet1.xml.rels': `<Relationships><Relationship Id="rId7" Target="http://a.example/link" TargetMode="External"/></Relationships>`,
    });
    assert.deepEqual(
      read(bytes),
      ['link', 'rich', 'f?a=1&b=2'].map((path) => A + path),
    );
  });
  it('of OpenDocument', () => {
    const content = `<office:spreadsheet><table:table>
      <table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
      <table:table-row><table:table-cell table:number-columns-repeated="2"/><table:table-cell><text:p><text:a xlink:href="http://a.example/o">O</text:a></text:p></table:table-cell></table:table-row>
      </table:table></office:spreadsheet>`;
    assert.deepEqual(read(zipped({ 'content.xml': content })), [`${A}o`]);
  });
});

describe('archives that are none, or that are more than they seem', () => {
  it('a bomb is not unpacked beyond the most that a list may have', () => {
    const bomb = zipped({ 'xl/worksheets/sheet1.xml': ' '.repeat(60 * 1024 * 1024) });
    const startedAt = cpuMs();
    assert.equal(read(bomb), 'file-too-large');
    assert.ok(cpuMs() - startedAt < 3000);
  });
  it('others, and broken ones, are said to be unreadable', () => {
    assert.equal(read(zipped({ 'word/document.xml': '<a/>' })), 'file-unreadable');
    const book = zipped({ 'content.xml': '<a/>' });
    for (const cut of [4, 30, book.length - 10]) assert.equal(read(book.subarray(0, cut)), 'file-unreadable');
    const wild = Uint8Array.from(book, (byte, i) => (i > 20 && i < book.length - 30 ? byte ^ 0xff : byte));
    assert.equal(read(wild), 'file-unreadable');
  });
});
