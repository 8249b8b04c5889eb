import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublicAddress, type Lookup } from '../../../src/scrape/fetch/guard.js';
import { failsWith, fetcherFor, get, serve } from './serve.js';

const NOT_PUBLIC = [
  '127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:168.63.129.16',
  '::ffff:0:127.0.0.1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'localhost',
  '2130706433',
  '',
];

for (const address of NOT_PUBLIC) {
  test(`${address || 'nothing'} is not public`, () => assert.equal(isPublicAddress(address), false));
}

for (const address of ['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
  test(`${address} is public`, () => assert.equal(isPublicAddress(address), true));
}

const SPELLINGS = [
  '127.0.0.1',
  '0.0.0.0',
  '0',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '127.0.0.1.',
  'user:password@127.0.0.1',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::7f00:1]',
  'localhost',
  'LocalHost',
];

for (const spelling of SPELLINGS) {
  test(`a fetch from ${spelling} is refused and reaches nobody`, async (t) => {
    const { port, requests } = await serve(t, (_, response) => response.end('secret'));
    const host = `${spelling}:${port}`;
    await assert.rejects(get(fetcherFor(t), `http://${host}/`), failsWith('address-refused', false));
    assert.deepEqual(requests, []);
  });
}

test('a name is refused when only one of its addresses is private', async (t) => {
  const { port, requests } = await serve(t, (_, response) => response.end('secret'));
  const lookup = resolvesTo('93.184.216.34', '127.0.0.1');
  const fetcher = fetcherFor(t, { lookup });
  await assert.rejects(get(fetcher, `http://two.example:${port}/`), failsWith('address-refused', false));
  assert.deepEqual(requests, []);
});

test('the refusal names the host as ALLOW_HOSTS would, and no address', async (t) => {
  const fetcher = fetcherFor(t, { lookup: resolvesTo('10.9.8.7') });
  await assert.rejects(get(fetcher, 'http://intranet.example:81/'), (error: Error) => {
    assert.match(error.message, /intranet\.example:81/);
    assert.doesNotMatch(error.message, /10\.9/);
    return true;
  });
});

test('https is guarded like http', async (t) => {
  const fetcher = fetcherFor(t, { lookup: resolvesTo('127.0.0.1') });
  await assert.rejects(get(fetcher, 'https://name.example/'), failsWith('address-refused', false));
});

test('a listed host is fetched wherever it is', async (t) => {
  const { host, origin } = await serve(t, (_, response) => response.end('open'));
  const page = await get(fetcherFor(t, { allowHosts: [host] }), `${origin}/`);
  assert.equal(Buffer.from(page.bytes).toString(), 'open');
});

test('a listed name is fetched by name only', async (t) => {
  const { host, origin, port } = await serve(t, (_, response) => response.end('open'));
  const fetcher = fetcherFor(t, { allowHosts: [`LocalHost:${port}`] });
  assert.equal((await get(fetcher, `http://localhost:${port}/`)).status, 200);
  await assert.rejects(get(fetcher, `${origin}/`), failsWith('address-refused', false), host);
});

test('a listed IPv6 address is fetched', async (t) => {
  const { port } = await serve(t, (_, response) => response.end('open'));
  const fetcher = fetcherFor(t, { allowHosts: [`[::1]:${port}`] });
  assert.equal((await get(fetcher, `http://[::1]:${port}/`)).status, 200);
});

test('another port of a listed host is refused', async (t) => {
  const { host } = await serve(t, (_, response) => response.end('open'));
  const other = await serve(t, (_, response) => response.end('secret'));
  const fetcher = fetcherFor(t, { allowHosts: [host] });
  await assert.rejects(get(fetcher, `${other.origin}/`), failsWith('address-refused', false));
  assert.deepEqual(other.requests, []);
});

test('a redirect from a listed host to a private one is refused', async (t) => {
  const inside = await serve(t, (_, response) => response.end('secret'));
  const outside = await serve(t, (_, response) => response.writeHead(302, { location: `${inside.origin}/` }).end());
  const fetcher = fetcherFor(t, { allowHosts: [outside.host] });
  await assert.rejects(get(fetcher, `${outside.origin}/`), failsWith('address-refused', false));
  assert.deepEqual(inside.requests, []);
});

function resolvesTo(...addresses: string[]): Lookup {
  return (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
}
