import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../src/core/step.js';
import { toCsv, toJson } from '../../src/http/rows.js';

async function* pages(...all: Row[][]) {
  yield* all;
}

async function text(chunks: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += chunk;
  return all;
}

async function cell(value: Row[string]): Promise<string> {
  const csv = await text(toCsv([{ a: 'x', b: value }], pages()));
  return csv.slice('\uFEFF"a","b"\r\n"x",'.length, -2);
}

test('cells that a spreadsheet would compute are made harmless', async () => {
  const beginnings = ['=1+1', '+1', '-1+cmd', '@SUM(A1)', '＝1', '＋1', '－1', '＠A'];
  const hidden = [' =1', '\t=1', '\n=1', '\r=1', '\0=1+1', '\x1b=1', '\u00a0=1', '\ufeff=1', '\x7f\0 =1'];
  for (const formula of [...beginnings, ...hidden]) {
    assert.match(await cell(formula), /^"'/, JSON.stringify(formula));
  }
});

test('what is no formula stays as it is', async () => {
  for (const plain of ['-5', ' -5', '-5.25', '-1,000', '1-2', ' x', '日本語', "'x"]) {
    assert.equal(await cell(plain), `"${plain}"`);
  }
  assert.equal(await cell(-5), '-5');
  assert.equal(await cell(true), 'true');
  assert.equal(await cell(null), '');
  assert.equal(await cell(''), '""');
});

test('a text is one cell, whatever a spreadsheet takes for a separator, and has no control characters', async () => {
  for (const value of ['a\nb', 'a\rb', 'a\r\nb', 'x;y', 'x,y', 'x']) assert.equal(await cell(value), `"${value}"`);
  assert.equal(await cell('t\t=1+1'), '"t =1+1"');
  assert.equal(await cell('a\0\x08b\x9fc'), '"abc"');
});

test('a column name is a cell, too', async () => {
  assert.equal(await text(toCsv([{ '=x': 1, 'a.b': 2, 'c"d': 3 }], pages())), `\uFEFF"'=x","a.b","c""d"\r\n1,2,3\r\n`);
});

test('the columns are the union of the first page; later rows keep their places', async () => {
  const csv = await text(toCsv([{ a: 1 }, { b: 2 }], pages([{ b: 3, a: 4, c: 5 }, {}])));
  assert.equal(csv, '\uFEFF"a","b"\r\n1,\r\n,2\r\n4,3\r\n,\r\n');
});

test('JSON is one array, however the rows come', async () => {
  const rows = [{ a: 1 }, { b: '\u2028"\n' }, { c: [null] }];
  async function* lines(...all: Row[][]) {
    for (const page of all) yield Buffer.from(page.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  assert.deepEqual(JSON.parse(await text(toJson(lines(rows.slice(0, 1), rows.slice(1))))), rows);
  assert.deepEqual(JSON.parse(await text(toJson(lines(rows)))), rows);
  assert.deepEqual(JSON.parse(await text(toJson(lines()))), []);
});
