import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurns } from '../../../src/scrape/job/in-turns.js';
import { parseAddresses } from '../../../src/scrape/read/addresses.js';

function planned(text: string, limit: number): string[] {
  const { lines, problems } = parseAddresses(text);
  assert.deepEqual(problems, []);
  return [...inTurns(lines, limit)].map((url) => url.replace(/^http:\/\/|\.example/g, ''));
}

test('few addresses come as they are named', () => {
  assert.deepEqual(planned('http://a.example/1\nhttp://b.example/1\nhttp://a.example/2', 100), ['a/1', 'b/1', 'a/2']);
  assert.equal(planned('http://a.example/[1-9000]\nhttp://b.example/[1-9]', 100)[99], 'a/100');
});

test('of many, each host has its turn, in its own order', () => {
  const all = planned('http://a.example/[1-800]\nhttp://b.example/[1-3]\nhttp://a.example/last', 1000);
  assert.deepEqual(all.slice(0, 8), ['a/1', 'b/1', 'a/2', 'b/2', 'a/3', 'b/3', 'a/4', 'a/5']);
  assert.deepEqual(all.slice(-2), ['a/800', 'a/last']);
  assert.equal(new Set(all).size, 804);
});

test('the limit takes the same addresses as in the order in which they are named', () => {
  const text = 'http://a.example/[1-300]\nhttp://b.example/[1-500]\nhttp://c.example/[1-900]';
  const all = planned(text, 1000);
  assert.equal(all.length, 1700);
  const opened = all.slice(0, 1000);
  const count = (host: string) => opened.filter((url) => url.startsWith(host)).length;
  assert.deepEqual([count('a'), count('b'), count('c')], [300, 500, 200]);
  assert.deepEqual([opened[0], opened[1], opened[2]], ['a/1', 'b/1', 'c/1']);
  assert.deepEqual([all[1000], all.at(-1)], ['c/201', 'c/900']);
});

test('a range in the name of the host is many hosts', () => {
  const all = planned('http://[a-z].example/x\nhttp://z.example/[1-600]', 10_000);
  assert.deepEqual(all.slice(0, 4), ['a/x', 'z/1', 'b/x', 'z/2']);
});
