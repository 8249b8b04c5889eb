import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Politeness } from '../../../src/scrape/fetch/politeness.js';
import { failsWith, fetcherFor, get, politenessOf, type RawAnswer, serveRaw } from './serve.js';

const PAGE = '<h1>page</h1>';
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';

async function answering(t: TestContext, answer: RawAnswer) {
  const server = await serveRaw(t, () => answer);
  return { ...server, fetcher: fetcherFor(t, { allowHosts: [server.host] }) };
}

/** With what undici itself reads, and so in how many requests. */
const ANSWERS: readonly (readonly [says: string, answer: RawAnswer, requests: number])[] = [
  ['headers with LF', `HTTP/1.1 200 OK\nContent-Type: text/html\n\n${PAGE}`, 2],
  ['a name with spaces', `${OK}PHP Notice: x\r\n\r\n${PAGE}`, 2],
  ['a length twice', `${OK}Content-Length: 13\r\nContent-Length: 13\r\n\r\n${PAGE}`, 2],
  ['an uninvited 100', `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\n${PAGE}`, 2],
  ['an uninvited 101', `HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n${OK}\r\n${PAGE}`, 2],
  ['a 101 without upgrade', `HTTP/1.1 101 Switching\r\n\r\n${OK}\r\n${PAGE}`, 2],
  ['chunks within another coding', `${OK}Transfer-Encoding: chunked, identity\r\n\r\nd\r\n${PAGE}\r\n0\r\n\r\n`, 2],
  ['chunks and a comma', `${OK}Transfer-Encoding: chunked,\r\n\r\nd\r\n${PAGE}\r\n0\r\n\r\n`, 2],
  ['gzip and identity, which is nobody', `${OK}Content-Encoding: gzip, identity\r\n\r\n${PAGE}`, 1],
  ['a choice of pages', `HTTP/1.1 300 Multiple Choices\r\nLocation: /b\r\nContent-Type: text/html\r\n\r\n${PAGE}`, 1],
  ['chunks with LF', `${OK}Transfer-Encoding: chunked\r\n\r\nd\n${PAGE}\n0\n\n`, 2],
  ['early hints', `HTTP/1.1 103 Early Hints\r\n\r\n${OK}\r\n${PAGE}`, 1],
  ['24 KB of cookies', `${OK}${`Set-Cookie: c=${'v'.repeat(400)}\r\n`.repeat(60)}\r\n${PAGE}`, 1],
  ['250 KB of cookies', `${OK}${`Set-Cookie: c=${'v'.repeat(2500)}\r\n`.repeat(99)}\r\n${PAGE}`, 1],
];

for (const [says, answer, requests] of ANSWERS) {
  test(`${says}: the page is read`, async (t) => {
    const server = await answering(t, answer);
    const page = await get(server.fetcher, server.origin);
    assert.deepEqual([Buffer.from(page.bytes).toString(), page.kind, page.isCut], [PAGE, 'html', false]);
    assert.equal(server.requests.length, requests);
  });
}

test('what a radio station answers is a text as a whole, and other bytes without a head are none', async (t) => {
  const radio = 'ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nNow on air';
  const station = await answering(t, radio);
  const page = await get(station.fetcher, station.origin);
  assert.deepEqual([Buffer.from(page.bytes).toString(), page.kind], [radio, 'text']);
  const bare = await answering(t, PAGE);
  await assert.rejects(get(bare.fetcher, bare.origin), failsWith('not-http', false));
});

test('an origin that undici refused is asked once for each page from then on, each time in its turn', async (t) => {
  const server = await answering(t, `HTTP/1.1 200 OK\n\n<p>${PAGE}`);
  const events: string[] = [];
  const more: Partial<Politeness> = {
    turn: async () => void events.push('turn'),
    started: async () => void events.push('sent'),
  };
  await get(server.fetcher, server.origin, more);
  await get(server.fetcher, `${server.origin}/2`, more);
  assert.deepEqual(events, Array(3).fill(['turn', 'sent']).flat());
});

test('what no reader understands is final, and says why', async (t) => {
  const { fetcher, origin } = await answering(t, `${OK}Content-Length: 13\r\nContent-Length: 5\r\n\r\n${PAGE}`);
  await assert.rejects(get(fetcher, origin), (error: Error) => {
    assert.match(error.message, /2 lengths: 13, 5/);
    return failsWith('not-http', false)(error);
  });
});

test('a body that is not what its header says is final, too', async (t) => {
  const { fetcher, origin } = await answering(t, `${OK}Transfer-Encoding: chunked\r\n\r\n${PAGE}`);
  await assert.rejects(get(fetcher, origin), failsWith('not-http', false));
});

test('headers past what browsers take are final, too', async (t) => {
  const { fetcher, origin } = await answering(t, `${OK}X: ${'x'.repeat(300_000)}\r\n\r\n${PAGE}`);
  await assert.rejects(get(fetcher, origin), failsWith('headers-too-large', false));
});

test('a body that is cut while it is read leniently is marked', async (t) => {
  const { fetcher, origin } = await answering(t, `HTTP/1.1 200 OK\nContent-Length: 100\n\n${PAGE}`);
  await assert.rejects(get(fetcher, origin), failsWith('answer-cut', true));
  const { signal } = new AbortController();
  const page = await fetcher.fetch(origin, { signal, politeness: politenessOf(), takesCut: true });
  assert.deepEqual([Buffer.from(page.bytes).toString(), page.isCut], [PAGE, true]);
});

test('a redirect without an address is the page that came with it', async (t) => {
  for (const head of ['HTTP/1.1 302 Found\r\nLocation: \r\n', 'HTTP/1.1 301 Moved\r\n']) {
    const { fetcher, origin } = await answering(t, `${head}Content-Type: text/html\r\n\r\n${PAGE}`);
    assert.equal(Buffer.from((await get(fetcher, origin)).bytes).toString(), PAGE);
  }
  const { fetcher, origin } = await answering(t, 'HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n');
  await assert.rejects(get(fetcher, origin), failsWith('http-status', false));
});

test('an answer that says that it is no page is a failure', async (t) => {
  for (const status of ['204 No Content', '205 Reset Content', '304 Not Modified', '000 None']) {
    const { fetcher, origin } = await answering(t, `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\n\r\n`);
    await assert.rejects(get(fetcher, origin), failsWith('http-status', false));
  }
});

test('a redirect to two addresses is believed in no more than browsers do', async (t) => {
  const both = (one: string, other: string) =>
    answering(t, `HTTP/1.1 302 Found\r\nLocation: ${one}\r\nLocation: ${other}\r\n\r\n`);
  const { fetcher, origin } = await both('/a', '/b');
  await assert.rejects(get(fetcher, origin), (error: Error) => {
    assert.match(error.message, /2 addresses: \/a, \/b/);
    return failsWith('not-http', false)(error);
  });
  const same = await both('/', '/');
  await assert.rejects(get(same.fetcher, `${same.origin}/`), failsWith('redirect-loop', false));
});

test('the bytes of an address in any encoding are asked for as they are', async (t) => {
  const server = await serveRaw(t, (path) =>
    path === '/' ? 'HTTP/1.1 302 Found\r\nLocation:\r\nLocation: /\x8f\xa4\x95i\r\n\r\n' : `${OK}\r\n${PAGE}`,
  );
  await get(fetcherFor(t, { allowHosts: [server.host] }), `${server.origin}/`);
  assert.deepEqual(server.requests, ['/', '/%8F%A4%95i']);
});

test('the guard holds where an answer is read leniently', async (t) => {
  const server = await serveRaw(t, () => `HTTP/1.1 302 Found\nLocation: http://127.0.0.1:1/\n\n`);
  const fetcher = fetcherFor(t, { allowHosts: [server.host] });
  await assert.rejects(get(fetcher, server.origin), failsWith('address-refused', false));
  // A name that is public at first and private when the lenient reader connects.
  let asked = 0;
  const rebinding = fetcherFor(t, {
    allowHosts: [],
    lookup: (_name, _options, done) => {
      asked += 1;
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    },
  });
  await assert.rejects(get(rebinding, `http://name.example:${server.port}/`), failsWith('host-not-found', true));
  assert.equal(asked, 1);
});

for (const [says, hint] of [
  ['the usual reader', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['the lenient one', 'HTTP/1.1 103 Early Hints\n\n'],
] as const) {
  test(`hints without end are no answer, to ${says}`, async (t) => {
    const { fetcher, origin } = await answering(t, `${hint.repeat(101)}${OK}\r\n${PAGE}`);
    await assert.rejects(get(fetcher, origin), failsWith('not-http', false));
  });
}
