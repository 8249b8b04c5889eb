import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { jsonProblem } from '../../src/core/json.js';

test('what JSON gives back as it was is fine', () => {
  const other = runInNewContext('({ made: ["in another realm"] })');
  for (const value of [null, '', 0, false, [], {}, [1, [{ a: null }]], { a: undefined }, Object.create(null), other]) {
    assert.equal(jsonProblem(value, 'item'), null);
  }
  const twice = { a: 1 };
  assert.equal(jsonProblem([twice, twice], 'item'), null, 'the same thing twice is no circle');
});

test('what it would lose or change is named, with where it is', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = { again: circle };
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i += 1) deep = [deep];
  for (const [value, problem] of [
    [undefined, 'item is undefined'],
    [{ n: 1n }, 'item.n is a bigint'],
    [[0, Number.NaN], 'item[1] is NaN'],
    [{ at: new Date(0) }, 'item.at is a Date'],
    [new Map(), 'item is a Map'],
    [{ a: [undefined] }, 'item.a[0] is undefined'],
    [() => 1, 'item is a function'],
    [Buffer.from(''), 'item is a Buffer'],
    [circle, 'item.self.again is circular'],
  ] as const) {
    assert.equal(jsonProblem(value, 'item'), problem);
  }
  assert.match(jsonProblem(deep, 'item') ?? '', /nested too deeply$/);
});
