import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf, rowsOf } from '../../src/core/lines.js';

/** A file that comes in pieces of so many bytes. */
function fileOf(text: string, pieceBytes = 3) {
  const bytes = Buffer.from(text);
  return {
    async *stream() {
      for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
    },
  };
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

describe('the lines of a file', () => {
  for (const pieceBytes of [1, 2, 3, 1000]) {
    it(`are whole, in pieces of ${pieceBytes} bytes`, async () => {
      assert.deepEqual(await all(linesOf(fileOf('\ufeff飛び石\r\nb\n\nc\rd\r\n', pieceBytes))), [
        '飛び石',
        'b',
        'c',
        'd',
      ]);
    });
  }
});

describe('the rows of a CSV file', () => {
  for (const pieceBytes of [1, 2, 3, 1000]) {
    it(`have their cells by name, in pieces of ${pieceBytes} bytes`, async () => {
      const text = '\ufeffname, price\r\n"a ""b"", c","1\r\n2"\r\n飛び石,\n\nonly';
      assert.deepEqual(await all(rowsOf(fileOf(text, pieceBytes))), [
        { name: 'a "b", c', price: '1\r\n2' },
        { name: '飛び石', price: '' },
        { name: 'only', price: '' },
      ]);
    });
  }

  it('may have another separator', async () => {
    assert.deepEqual(await all(rowsOf(fileOf('a;b\n1,5;2'), { separator: ';' })), [{ a: '1,5', b: '2' }]);
  });

  it('of a file of many lines come one by one', async () => {
    const line = Buffer.from('name,1\n'.repeat(10_000));
    const file = {
      async *stream() {
        yield Buffer.from('a,b\n');
        for (let i = 0; i < 5; i += 1) yield line;
      },
    };
    let count = 0;
    for await (const { b } of rowsOf(file)) count += Number(b);
    assert.equal(count, 50_000);
  });
});
