import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BlockList, blockOf, hostOfKey } from '../../src/core/blocks.js';
import { HostList } from '../../src/core/host-list.js';

const blocks = (...all: [kind: 'host' | 'network' | 'starts', value: string][]) =>
  new BlockList(all.map(([kind, value]) => ({ kind, value, reason: 'why', createdAt: 0 })));

it('a host is typed as a name, an address of the web, an IP address or a network', () => {
  const value = (typed: string) => blockOf('host', typed, '')?.value;
  assert.equal(value(' https://WWW.Victim.example/shop?a=1 '), 'www.victim.example');
  assert.equal(value('ばか.example.'), 'xn--u8jwd.example');
  assert.equal(value('192.0.2.0/24'), '192.0.2.0/24');
  assert.equal(value('192.0.2.7'), '192.0.2.7');
  for (const wrong of ['', 'not a host', '192.0.2.0/33', 'http://']) assert.equal(value(wrong), undefined, wrong);
});

it('of an IPv6 network nothing smaller than a /64 is blocked: its owner has it all', () => {
  assert.equal(blockOf('network', '2001:db8::7', '')?.value, '2001:db8::7/64');
  assert.equal(blockOf('host', '[2001:db8::7]', '')?.value, '2001:db8::7/64');
  assert.equal(blockOf('network', '2001:db8::/32', '')?.value, '2001:db8::/32');
  assert.ok(blocks(['network', '2001:db8::7/64']).networkOf('2001:db8::99'));
});

it('whoever comes from somewhere is no name', () => {
  assert.equal(blockOf('network', 'example.org', ''), null);
});

it('a blocked host is blocked with all that is below it, and by no other name', () => {
  const list = blocks(['host', 'victim.example'], ['host', '192.0.2.0/24'], ['host', '2001:db8::7/64']);
  for (const host of ['victim.example', 'www.victim.example', 'victim.example.', '192.0.2.9', '2001:db8::/64']) {
    assert.ok(list.hasHost(host), host);
  }
  for (const host of ['victim.example.org', 'notvictim.example', '192.0.3.9', '2001:db9::/64']) {
    assert.ok(!list.hasHost(host), host);
  }
  assert.equal(list.networkOf('192.0.2.9'), null);
  assert.equal(list.starts, null);
});

it('an address of a blocked network is found in IPv6, too', () => {
  const list = blocks(['network', '203.0.113.0/24'], ['starts', '']);
  assert.equal(list.networkOf('::ffff:203.0.113.7')?.reason, 'why');
  assert.equal(list.networkOf('203.0.114.7'), null);
  assert.equal(list.networkOf('no address'), null);
  assert.equal(list.starts?.reason, 'why');
  assert.ok(!list.hasHosts);
});

it('what a key of turns stands for is told from the key', () => {
  const hosts = {
    'victim.example': 'victim.example',
    'victim.example:8080': 'victim.example',
    '[2001:db8::7]:8080': '2001:db8::7',
    'address 192.0.2.7': '192.0.2.7',
    'address 2001:db8::/64': '2001:db8::/64',
    'robots.txt of https://victim.example:8443': 'victim.example',
    'account no %%': 'account no %%',
  };
  for (const [key, host] of Object.entries(hosts)) assert.equal(hostOfKey(key), host);
});

it('a list of hosts refuses what is neither a name nor a network', () => {
  for (const entry of ['http://a.example', 'a.example/x', '[::1]', '192.0.2.0/33', 'a b', '127.1']) {
    assert.throws(() => new HostList([entry]), TypeError, entry);
  }
  assert.ok(new HostList(['fe80::/10']).hasAddress('fe80::1%eth0'));
});
