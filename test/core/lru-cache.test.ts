import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recent } from '../../src/core/lru-cache.js';

describe('recent values', () => {
  it('lets the one go that was not asked for longest', () => {
    const recent = new Recent<number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    assert.equal(recent.get('a'), 1);
    recent.set('c', 3);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => recent.get(key)),
      [1, undefined, 3],
    );
  });

  it('reads what it does not know once, and keeps nothing of what is nowhere', () => {
    const recent = new Recent<number>(2);
    const reads: string[] = [];
    const find = (key: string, value?: number) =>
      recent.find(key, () => {
        reads.push(key);
        return value;
      });
    assert.deepEqual([find('a', 1), find('a', 2), find('b'), find('b')], [1, 1, undefined, undefined]);
    assert.deepEqual(reads, ['a', 'b', 'b']);
  });

  it('counts a value set again once', () => {
    const recent = new Recent<number>(2);
    for (const value of [1, 2, 3]) recent.set('a', value);
    recent.set('b', 4);
    assert.equal(recent.get('a'), 3);
  });
});
