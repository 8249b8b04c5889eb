import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkId, networkOf } from '../../src/http/network.js';

describe('the network of an address', () => {
  for (const [address, network] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['0.0.0.255', '0.0.0.255'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['203.0.113.7.', null],
    ['203.0.113.256', null],
    ['no address', null],
    [undefined, null],
  ] as const) {
    it(`${address} is ${network}`, () => assert.equal(networkOf(address), network));
  }

  it('is kept so that only those with the secret know it', () => {
    const id = networkId('203.0.113.7', 'a secret');
    assert.match(String(id), /^[\w-]{16}$/);
    assert.equal(networkId('::ffff:203.0.113.7', 'a secret'), id);
    assert.notEqual(networkId('203.0.113.7', 'another'), id);
    assert.equal(networkId('', 'a secret'), null);
  });
});
