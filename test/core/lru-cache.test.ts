import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LruCache } from '../../src/core/lru-cache.js';

describe('recent values', () => {
  it('lets the one go that was not asked for longest', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    assert.equal(cache.get('a'), 1);
    cache.set('c', 3);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => cache.get(key)),
      [1, undefined, 3],
    );
  });

  it('reads what it does not know once, and keeps nothing of what is nowhere', () => {
    const cache = new LruCache<number>(2);
    const reads: string[] = [];
    const find = (key: string, value?: number) =>
      cache.find(key, () => {
        reads.push(key);
        return value;
      });
    assert.deepEqual([find('a', 1), find('a', 2), find('b'), find('b')], [1, 1, undefined, undefined]);
    assert.deepEqual(reads, ['a', 'b', 'b']);
  });

  it('counts a value set again once', () => {
    const cache = new LruCache<number>(2);
    for (const value of [1, 2, 3]) cache.set('a', value);
    cache.set('b', 4);
    assert.equal(cache.get('a'), 3);
  });
});
