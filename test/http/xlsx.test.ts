import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readXlsx } from 'hucre/xlsx';
import type { Json, Row } from '../../src/core/step.js';
import { toXlsx } from '../../src/http/xlsx.js';

async function* noMore(): AsyncGenerator<Row[]> {}

async function written(rows: readonly Row[], rest: AsyncIterable<readonly Row[]> = noMore()) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of toXlsx(rows, rest)) chunks.push(chunk);
  return (await readXlsx(Buffer.concat(chunks))).sheets.map(({ rows: cells }) => cells);
}

/** What is written, and what a spreadsheet then has. */
const CELLS: readonly (readonly [written: Json, read: unknown])[] = [
  ['001', '001'],
  ['=SUM(A1)', '=SUM(A1)'],
  ['2026-01-01', '2026-01-01'],
  ['TRUE', 'TRUE'],
  [' two  spaces\r\nand\ra line ', ' two  spaces\nand\na line '],
  ['a\0b\x0b\ufffec\ud800', 'abc\ufffd'],
  ['_x0041_', '_x0041_'],
  ['飛び石 😀 <&>"', '飛び石 😀 <&>"'],
  ['x'.repeat(40_000), 'x'.repeat(32_767)],
  [0.1, 0.1],
  [-7, -7],
  [2 ** 60, '1152921504606847000'],
  [true, true],
  [[1, { a: 'b' }], '[1,{"a":"b"}]'],
];

test('texts stay texts and numbers numbers; what a workbook cannot hold is left out', async () => {
  const [sheet = []] = await written(CELLS.map(([value]) => ({ value, last: 1 })));
  assert.deepEqual(sheet[0], ['value', 'last']);
  assert.deepEqual(
    sheet.slice(1).map(([cell]) => cell),
    CELLS.map(([, read]) => read),
  );
});

test('the columns are those of the first page; cells that are missing are empty', async () => {
  async function* rest() {
    yield [{ c: 'left out', b: 'three' }];
  }
  const [sheet] = await written([{ a: 'one' }, { b: 'two' }], rest());
  assert.deepEqual(sheet, [
    ['a', 'b'],
    ['one', null],
    [null, 'two'],
    [null, 'three'],
  ]);
});

test('no rows are a workbook, too', async () => assert.deepEqual(await written([]), [[]]));

test('rows are taken as fast as the workbook is read', async () => {
  let pages = 0;
  async function* rest() {
    for (; pages < 1000; pages += 1) yield Array.from({ length: 100 }, (_, i) => ({ a: `${pages} ${i}` }));
  }
  const chunks = toXlsx([{ a: 'first' }], rest());
  for (let i = 0; i < 3; i += 1) await chunks.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(pages < 100, `${pages} pages`);
  await chunks.return();
});
