import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FairShares } from '../../src/core/fair-shares.js';

describe('fair shares', () => {
  it('give one owner half, and two that come together a third each', () => {
    const shares = new FairShares(100);
    assert.equal(shares.take(['a'], 1000), 50);
    assert.equal(shares.take(['a'], 1), 0);
    shares.give(['a'], 17);
    assert.equal(shares.take(['b'], 1000), 33);
  });

  it('have something for whoever comes next, after as many greedy ones as there are halves', () => {
    const shares = new FairShares(100);
    for (const greedy of ['a', 'b', 'c', 'd', 'e']) shares.take([greedy], 1000);
    assert.equal(shares.take(['honest'], 1), 1);
  });

  it('hold for each owner of what is taken: many visitors of one network are one', () => {
    const shares = new FairShares(100);
    let taken = 0;
    for (let i = 0; i < 100; i += 1) taken += shares.take([`visitor ${i}`, 'network'], 10);
    assert.equal(taken, 50);
    assert.equal(shares.take(['somebody', 'elsewhere'], 10), 10);
  });

  it('give the only one there is to whoever has none', () => {
    const shares = new FairShares(1);
    assert.equal(shares.take(['a'], 5), 1);
    assert.equal(shares.take(['b'], 1), 0);
    shares.give(['a'], 1);
    assert.equal(shares.take(['b'], 1), 1);
  });

  it('give nothing while more is taken than there is', () => {
    const shares = new FairShares(2);
    shares.move(['a'], 3);
    assert.equal(shares.take(['b'], 1), 0);
    shares.give(['a'], 2);
    assert.equal(shares.take(['b'], 1), 1);
  });

  it('never give out more than there is, and have all of it again when everybody has given back', () => {
    const asked = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(fc.array(asked), (all) => {
        const shares = new FairShares(64);
        const taken = all.map(([who, amount]) => [who, shares.take([`owner ${who}`], amount)] as const);
        const sum = taken.reduce((total, [, amount]) => total + amount, 0);
        for (const [who, amount] of taken) shares.give([`owner ${who}`], amount);
        return sum <= 64 && shares.room(['nobody']) === 32;
      }),
    );
  });
});
