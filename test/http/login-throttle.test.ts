import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoginThrottle } from '../../src/http/login-throttle.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

const TEN_MINUTES = 600_000;

/** How many of `count` tries are looked at, each from the next address. */
const lookedAt = (throttle: LoginThrottle, count: number, address: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => throttle.take(address(i))).filter((waitMs) => waitMs === 0).length;

describe('passwords', () => {
  it('are tried a few times from one network, and again ten minutes later', async () => {
    const clock = new FrozenClock();
    const throttle = new LoginThrottle(clock, 3);
    assert.equal(
      lookedAt(throttle, 5, (i) => `2001:db8::${i}`),
      3,
    );
    await clock.advance(TEN_MINUTES - 1);
    assert.equal(throttle.take('2001:db8::'), 1);
    await clock.advance(1);
    assert.equal(throttle.take('2001:db8::'), 0);
  });

  it('that one customer tries from very many networks lock out nobody else', () => {
    const throttle = new LoginThrottle(new FrozenClock(), 3);
    const guesses = lookedAt(throttle, 10_100, (i) => `2001:db8:0:${i.toString(16)}::`);
    assert.equal(guesses, 90, 'as thirty networks may, however many are known');
    assert.equal(
      lookedAt(throttle, 3, () => '192.0.2.1'),
      2,
      'a slip of the finger is allowed',
    );
    assert.equal(
      lookedAt(throttle, 3, (i) => `2001:db8:1:${i}::`),
      2,
    );
  });
});
