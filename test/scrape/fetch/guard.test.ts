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
  await assert.rejects(get(fetcher, `http://two.example:${port}/`), failsWith('host-not-found', true));
  assert.deepEqual(requests, []);
});

test('a name of the inner network looks like one that does not exist', async (t) => {
  const missing: Lookup = (hostname, _options, callback) => {
    const failure = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
    callback(failure, []);
  };
  const failureWith = async (lookup: Lookup) => {
    const error = await get(fetcherFor(t, { lookup }), 'http://intranet.example/').catch((thrown) => thrown);
    return { ...error.failure, retry: error.retry };
  };
  assert.deepEqual(await failureWith(resolvesTo('10.9.8.7')), await failureWith(missing));
});

test('https is guarded like http', async (t) => {
  const fetcher = fetcherFor(t, { lookup: resolvesTo('127.0.0.1') });
  await assert.rejects(get(fetcher, 'https://name.example/'), failsWith('host-not-found', true));
});

test('the addresses of this machine are refused, though they are public', async (t) => {
  const ownAddresses = () => ['203.0.114.5', '2606:4700:4700::1111'];
  const literal = fetcherFor(t, { ownAddresses });
  for (const host of ['203.0.114.5', '[2606:4700:4700::1111]', '[::ffff:203.0.114.5]', '203.0.114.5:8080']) {
    await assert.rejects(get(literal, `http://${host}/`), failsWith('address-refused', false), host);
  }
  const byName = fetcherFor(t, { ownAddresses, lookup: resolvesTo('203.0.114.5') });
  await assert.rejects(get(byName, 'http://name.example/'), failsWith('host-not-found', true));
});

test('the names of this site are refused', async (t) => {
  const fetcher = fetcherFor(t, { ownHosts: ['jobs.example.org'], lookup: resolvesTo('93.184.216.34') });
  for (const host of ['jobs.example.org', 'JOBS.example.org.', 'jobs.example.org:8080']) {
    await assert.rejects(get(fetcher, `http://${host}/`), failsWith('address-refused', false), host);
  }
});

test('ports that are not of the web are refused, and those that browsers refuse even where the operator lists them', async (t) => {
  const ask = (port: number, allowPorts?: readonly (readonly [number, number])[]) =>
    get(fetcherFor(t, { ...(allowPorts && { allowPorts }) }), `http://8.8.8.8:${port}/`);
  for (const port of [22, 25, 81, 6667, 10080]) await assert.rejects(ask(port), failsWith('port-refused', false));
  await assert.rejects(ask(25, [[1, 65_535]]), failsWith('port-refused', false));
  await assert.rejects(ask(443, [[80, 80]]), failsWith('port-refused', false));
});

test('hosts that the operator denies, or does not list, are refused by name and by address', async (t) => {
  const lookup = resolvesTo('93.184.216.34');
  const refuses = async (options: object, host: string) =>
    assert.rejects(
      get(fetcherFor(t, { lookup, ...options }), `http://${host}/`),
      failsWith('host-denied', false),
      host,
    );
  await refuses({ denyHosts: ['example.org'] }, 'example.org');
  await refuses({ denyHosts: ['example.org'] }, 'WWW.example.org.');
  await refuses({ denyHosts: ['93.184.216.0/24'] }, '93.184.216.34');
  await refuses({ denyHosts: ['93.184.216.0/24'] }, 'name.example');
  await refuses({ onlyHosts: ['example.org'] }, 'notexample.org');
  await refuses({ onlyHosts: ['192.0.0.0/24'] }, 'name.example');
  await refuses({ onlyHosts: ['example.org'], denyHosts: ['b.example.org'] }, 'a.b.example.org');
});

test('ALLOW_HOSTS goes first', async (t) => {
  const { host, origin } = await serve(t, (_, response) => response.end('open'));
  const fetcher = fetcherFor(t, {
    allowHosts: [host],
    denyHosts: ['127.0.0.0/8'],
    onlyHosts: ['example.org'],
    allowPorts: [],
  });
  assert.equal((await get(fetcher, `${origin}/`)).status, 200);
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
