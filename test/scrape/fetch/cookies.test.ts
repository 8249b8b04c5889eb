import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CookieJars, siteOf } from '../../../src/scrape/fetch/cookies.js';
import { contextOf } from '../../fixtures/context.js';

const at = (address: string) => new URL(address);

/** What is sent to each address after `lines` were set by `from`. */
async function sent(from: string, lines: readonly string[], ...to: string[]): Promise<(string | null)[]> {
  const cookies = new CookieJars().of(contextOf());
  await cookies.take(at(from), lines);
  return Promise.all(to.map((address) => cookies.headerFor(at(address))));
}

test("a cookie is its own host's, unless it names the site", async () => {
  const addresses = ['http://www.a.example/', 'http://a.example/', 'http://b.example/'];
  assert.deepEqual(await sent('http://www.a.example/', ['x=1'], ...addresses), ['x=1', null, null]);
  const wide = await sent('http://www.a.example/', ['x=1; Domain=a.example'], ...addresses);
  assert.deepEqual(wide, ['x=1', 'x=1', null]);
});

test('nobody sets cookies for others, or for a whole country', async () => {
  const foreign = await sent('http://a.example/', ['x=1; Domain=b.example'], 'http://a.example/', 'http://b.example/');
  assert.deepEqual(foreign, [null, null]);
  assert.deepEqual(await sent('http://a.co.jp/', ['x=1; Domain=co.jp'], 'http://a.co.jp/', 'http://b.co.jp/'), [
    null,
    null,
  ]);
});

test('paths, ends and secure cookies are as a browser has them', async () => {
  const lines = ['a=1; Path=/shop', 'b=2; Secure', 'c=3; Max-Age=0', 'd=4; Expires=Thu, 01 Jan 2099 00:00:00 GMT', 'e'];
  const secure = await sent('https://a.example/', lines, 'https://a.example/shop/x', 'http://a.example/shopping');
  assert.deepEqual(secure, ['a=1; b=2; d=4; e', 'd=4; e']);
});

const SET: readonly (readonly [line: string, from: string, isKept: boolean])[] = [
  ['__Host-a=1; Secure; Path=/', 'https://a.example/', true],
  ['__Host-a=1; Secure', 'https://a.example/b/', false],
  ['__hOsT-a=1; Secure; Path=/; Domain=a.example', 'https://a.example/', false],
  ['__Secure-a=1', 'https://a.example/', false],
  ['__Http-a=1; Secure', 'https://a.example/', false],
  ['__Http-a=1; Secure; HttpOnly', 'https://a.example/', true],
  ['a=1; SameSite=Strict; Partitioned; Secure; Path=/', 'https://a.example/', true],
  ['a=1; Secure', 'http://a.example/', false],
  ['a=1; Secure', 'http://localhost:8080/', true],
  ['a=1; Path=b; Max-Age=x; Expires=0', 'https://a.example/', true],
  ['a=1; Max-Age=-1', 'https://a.example/', false],
  ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9', 'https://a.example/', true],
];
for (const [line, from, isKept] of SET) {
  test(`${line} from ${from} is ${isKept ? 'kept' : 'refused'}`, async () => {
    const [header] = await sent(from, [line], from);
    assert.equal(header, isKept ? (line.split(';')[0] ?? '') : null);
  });
}

test('a cookie by http takes no place of a secure one', async () => {
  const cookies = new CookieJars().of(contextOf());
  await cookies.take(at('https://a.example/'), ['x=1; Secure']);
  await cookies.take(at('http://a.example/'), ['x=2', 'y=2']);
  assert.equal(await cookies.headerFor(at('https://a.example/')), 'x=1; y=2');
});

test('machines without a name of the web have cookies, too', async () => {
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]', 'intranet'])
    assert.deepEqual(await sent(`http://${host}/`, ['x=1'], `http://${host}/y`), ['x=1'], host);
});

test('the next step of a run has them, another run has not', async () => {
  const jars = new CookieJars();
  const context = contextOf();
  await jars.of(context).take(at('http://a.example/'), ['x=1']);
  const url = at('http://a.example/');
  assert.equal(await jars.of(context).headerFor(url), 'x=1');
  assert.equal(await new CookieJars().of(context).headerFor(url), 'x=1', 'in another process');
  assert.equal(await jars.of({ ...context, runId: 'other' }).headerFor(url), null);
});

test("steps at once lose none of each other's cookies", async () => {
  const jars = new CookieJars();
  const context = contextOf();
  const [one, two] = [jars.of(context), jars.of(context)];
  await Promise.all([one.headerFor(at('http://a.example/')), two.headerFor(at('http://b.a.example/'))]);
  await Promise.all([
    one.take(at('http://a.example/'), ['x=1; Domain=a.example']),
    two.take(at('http://b.a.example/'), ['y=2; Domain=a.example']),
  ]);
  assert.equal(await new CookieJars().of(context).headerFor(at('http://a.example/')), 'x=1; y=2');
});

test('a preview keeps its cookies to itself', async () => {
  const jars = new CookieJars();
  const preview = contextOf({ runId: '', cache: () => assert.fail(), keep: () => assert.fail() });
  const cookies = jars.of(preview);
  await cookies.take(at('http://a.example/'), ['x=1']);
  assert.equal(await cookies.headerFor(at('http://a.example/')), 'x=1');
  assert.equal(await jars.of(preview).headerFor(at('http://a.example/')), null);
});

test('what is kept is sealed, and lost with its key', async () => {
  const kept: string[] = [];
  const store = new Map<string, string>();
  const context = contextOf({
    cache: async (key) => store.get(key) ?? '',
    keep: async (key, text) => {
      kept.push(text);
      store.set(key, text);
    },
    seal: (text) => btoa(text),
    unseal: (text) => atob(text),
  });
  const url = at('http://a.example/');
  await new CookieJars().of(context).take(url, ['session=secret']);
  assert.equal(kept.length, 1);
  assert.doesNotMatch(kept.join(), /secret/);
  assert.equal(await new CookieJars().of(context).headerFor(url), 'session=secret');
  assert.equal(await new CookieJars().of({ ...context, unseal: () => null }).headerFor(url), null);
});

test('cookies are as long as browsers let them be, and attributes that are longer are passed over', async () => {
  const cookies = new CookieJars().of(contextOf());
  const url = at('http://a.example/a/b');
  const long = (length: number) => 'x'.repeat(length);
  await cookies.take(url, [
    `a=${long(4095)}`,
    `b=${long(4096)}`,
    `c=1; Path=/${long(1024)}`,
    `d=1; note=${long(9000)}`,
  ]);
  const sent = (await cookies.headerFor(url)) ?? '';
  assert.deepEqual(sent.match(/\w(?==)/g), ['a', 'c', 'd']);
});

test('very many spaces in a cookie take no time', async () => {
  const from = process.cpuUsage();
  const cookies = new CookieJars().of(contextOf());
  await cookies.take(at('http://a.example/'), [`x${' '.repeat(200_000)}y=1`, 'z=1']);
  assert.equal(await cookies.headerFor(at('http://a.example/')), 'z=1');
  assert.ok(process.cpuUsage(from).user < 2_000_000);
});

test('of what the pages of a site set, the newest two hundred stay', async () => {
  const jars = new CookieJars();
  const context = contextOf();
  for (const host of ['a', 'b', 'c']) {
    const lines = Array.from({ length: 100 }, (_, i) => `${host}${i}=1; Domain=x.example`);
    await jars.of(context).take(at(`http://${host}.x.example/`), lines);
  }
  const names = (await new CookieJars().of(context).headerFor(at('http://x.example/')))?.match(/[abc](?=\d+=)/g) ?? [];
  assert.deepEqual([names.length, new Set(names)], [200, new Set(['b', 'c'])]);
});

test('it is known what changed', async () => {
  const cookies = new CookieJars().of(contextOf());
  const url = at('http://a.example/');
  const figures: [number, number][] = [];
  for (const line of ['x=1', 'x=1', 'x=2', 'y=1', 'y=; Max-Age=0']) {
    await cookies.take(url, [line]);
    figures.push([cookies.changes, cookies.added]);
  }
  assert.deepEqual(figures, [
    [1, 1],
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
  ]);
});

test('a site is what may share cookies', () => {
  for (const [address, site] of [
    ['http://www.a.co.jp/', 'a.co.jp'],
    ['http://a.github.io/', 'a.github.io'],
    ['http://x.localhost/', 'x.localhost'],
    ['http://127.0.0.1/', '127.0.0.1'],
  ] as const)
    assert.equal(siteOf(at(address)), site);
});
