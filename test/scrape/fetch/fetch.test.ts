import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, constants, crc32, createGzip, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { StepError } from '../../../src/core/errors.js';
import type { FetcherOptions } from '../../../src/scrape/fetch/fetch.js';
import type { Lookup } from '../../../src/scrape/fetch/guard.js';
import type { Politeness } from '../../../src/scrape/fetch/politeness.js';
import { FrozenClock } from '../../../src/testing/frozen-clock.js';
import { failsWith, fetcherFor, get, politenessOf, serve } from './serve.js';

const TEXT = '<p>飛び石</p>'.repeat(100);

async function served(t: TestContext, handle: RequestListener, options: Partial<FetcherOptions> = {}) {
  const server = await serve(t, handle);
  return { ...server, fetcher: fetcherFor(t, { allowHosts: [server.host], ...options }) };
}

/** With each of the fields that a header of gzip may have. */
function named(gzip: Buffer): Buffer {
  const header = Buffer.from([...gzip.subarray(0, 10), 3, 0, 1, 2, 3, ...Buffer.from('name\0comment\0')]);
  header[3] = 2 + 4 + 8 + 16;
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc32(header) & 0xffff);
  return Buffer.concat([header, sum, gzip.subarray(10)]);
}

const CODINGS: readonly (readonly [coding: string, body: Buffer])[] = [
  ['gzip', gzipSync(TEXT)],
  ['X-GZip', gzipSync(TEXT)],
  ['gzip', Buffer.concat([gzipSync(TEXT.slice(0, 7)), gzipSync(''), gzipSync(TEXT.slice(7))])],
  ['gzip', Buffer.concat([gzipSync(TEXT), Buffer.from('<!-- served by a cache -->')])],
  ['gzip', Buffer.concat([gzipSync(TEXT), Buffer.from([0])])],
  ['gzip', named(gzipSync(TEXT))],
  ['br', brotliCompressSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['deflate', deflateRawSync(TEXT)],
  ['identity', Buffer.from(TEXT)],
  ['deflate, gzip', gzipSync(deflateSync(TEXT))],
];

for (const [coding, body] of CODINGS) {
  test(`${coding} of ${body.length} bytes, beginning with ${body[0]}, is undone`, async (t) => {
    const { fetcher, origin } = await served(t, async (_, response) => {
      response.setHeader('content-encoding', coding);
      // In pieces that end anywhere.
      for (let at = 0; at < body.length; at += 7) {
        response.write(body.subarray(at, at + 7));
        await setImmediate();
      }
      response.end();
    });
    assert.equal(Buffer.from((await get(fetcher, origin)).bytes).toString(), TEXT);
  });
}

function withLast(bytes: Buffer, back: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8((changed.readUInt8(bytes.length - back) + 1) % 256, bytes.length - back);
  return changed;
}

/** What comes before the name. */
const GZIP_NAMED = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);

const BROKEN: readonly (readonly [says: string, coding: string, body: Buffer, code: string])[] = [
  ['text said to be gzip', 'gzip', Buffer.from(TEXT), 'bad-compression'],
  ['text said to be brotli', 'br', Buffer.from(TEXT), 'bad-compression'],
  ['gzip of very many members', 'gzip', Buffer.concat(Array(2001).fill(gzipSync('a'))), 'bad-compression'],
  [
    'gzip of a file with an endless name',
    'gzip',
    Buffer.concat([GZIP_NAMED, Buffer.alloc(200_000, 'a')]),
    'bad-compression',
  ],
  ['a long list of codings', 'gzip, gzip, gzip, gzip', Buffer.from(TEXT), 'unknown-coding'],
];

for (const [says, coding, body, code] of BROKEN) {
  test(`${says} is a failure that says so`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => {
      response.setHeader('content-encoding', coding).end(body);
    });
    await assert.rejects(get(fetcher, origin), failsWith(code, false));
  });
}

const CUT: readonly (readonly [says: string, coding: string, body: Buffer, text: string])[] = [
  ['cut gzip', 'gzip', gzipSync(TEXT).subarray(0, -9), TEXT.slice(0, 100)],
  ['gzip without its checksum', 'gzip', gzipSync(TEXT).subarray(0, -8), TEXT],
  ['gzip without half of its trailer', 'gzip', gzipSync(TEXT).subarray(0, -6), TEXT],
  ['gzip with a wrong checksum', 'gzip', withLast(gzipSync(TEXT), 8), TEXT],
  ['a second gzip that is cut', 'gzip', Buffer.concat([gzipSync(TEXT), gzipSync(TEXT).subarray(0, -9)]), TEXT],
  ['cut brotli', 'br', brotliCompressSync(TEXT).subarray(0, -1), TEXT.slice(0, 5)],
  ['cut deflate', 'deflate', deflateSync(TEXT).subarray(0, -9), TEXT.slice(0, 100)],
];

for (const [says, coding, body, text] of CUT) {
  test(`${says} is read as far as it goes, and marked`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => {
      response.setHeader('content-encoding', coding).end(body);
    });
    const page = await get(fetcher, origin);
    assert.ok(Buffer.from(page.bytes).toString().startsWith(text), Buffer.from(page.bytes).toString());
    assert.equal(page.isCut, true);
  });
}

for (const coding of ['none', 'snappy', 'constructor', 'gzip, snappy', '"gzip"']) {
  test(`a body said to be "${coding}" is left alone`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => {
      response.setHeader('content-encoding', coding).end(TEXT);
    });
    assert.equal(Buffer.from((await get(fetcher, origin)).bytes).toString(), TEXT);
  });
}

for (const [says, headers, body] of [
  ['of no coding', {}, gzipSync(TEXT)],
  ['of an unknown coding', { 'content-encoding': 'none, gzip' }, gzipSync(TEXT)],
  ['of the type application/gzip', { 'content-type': 'application/gzip' }, gzipSync(`<!doctype html>${TEXT}`)],
  ['within gzip', { 'content-encoding': 'gzip' }, gzipSync(gzipSync(TEXT))],
] as const) {
  test(`gzip ${says} is known by its first bytes`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => response.writeHead(200, headers).end(body));
    const page = await get(fetcher, origin);
    assert.ok(Buffer.from(page.bytes).toString().endsWith(TEXT));
    assert.equal(page.kind, 'html');
  });
}

test('an empty body is empty, whatever its coding', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => {
    response.setHeader('content-encoding', 'gzip').end();
  });
  assert.equal((await get(fetcher, origin)).bytes.length, 0);
});

test('a body shorter than it says is a failure with both numbers, worth another try', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => {
    response.setHeader('content-length', 1000).write('short', () => response.destroy());
  });
  await assert.rejects(get(fetcher, origin), (error: StepError) => {
    assert.deepEqual(error.failure.params, { received: 5, stated: '1000' });
    return failsWith('answer-cut', true)(error);
  });
});

test('a body that broke off is taken as far as it came by who asks for that', async (t) => {
  const { fetcher, origin } = await served(t, (request, response) => {
    if (request.url === '/stated') response.setHeader('content-length', 5000);
    response.write(TEXT, () => response.destroy());
  });
  for (const path of ['/stated', '/chunked']) {
    const { signal } = new AbortController();
    const page = await fetcher.fetch(origin + path, { signal, politeness: politenessOf(), takesCut: true });
    assert.deepEqual([Buffer.from(page.bytes).toString(), page.isCut], [TEXT, true]);
  }
});

test('a chunked body without its end is a failure, worth another try', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => {
    response.write('short', () => response.destroy());
  });
  await assert.rejects(get(fetcher, origin), failsWith('answer-cut', true));
});

test('a gzip bomb stops at the cap, with flat memory', async (t) => {
  let sent = 0;
  const { fetcher, origin } = await served(t, (_, response) => {
    response.setHeader('content-encoding', 'gzip');
    const gzip = createGzip();
    const more = (error?: Error | null) => {
      if (error || response.destroyed) return;
      sent += 1;
      if (sent > 2048) gzip.end();
      else gzip.write(Buffer.alloc(1024 * 1024), more);
    };
    gzip.pipe(response);
    more();
  });
  await assert.rejects(get(fetcher, origin), failsWith('too-large', false));
  assert.ok(sent < 1000, `${sent} MiB were sent`);
  assert.ok(process.memoryUsage().rss < 300 * 1024 * 1024);
});

test('compressed data of which nothing comes out is too large in the end', async (t) => {
  const blocks = Buffer.from([0, 0, 0, 0xff, 0xff]);
  const { fetcher, origin } = await served(t, (_, response) => {
    response.setHeader('content-encoding', 'gzip').write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]));
    const empty = Buffer.concat(Array(20_000).fill(blocks));
    const more = (error?: Error | null) => {
      if (!error) response.write(empty, more);
    };
    more();
  });
  await assert.rejects(get(fetcher, origin), failsWith('too-large', false));
});

test('an answer that is given up while it waits to be read ends nothing but its connection', async (t) => {
  const members = Buffer.concat(Array(50_000).fill(gzipSync('a')));
  const { fetcher, origin } = await served(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', connection: 'close' }).end(members);
  });
  await assert.rejects(get(fetcher, origin), failsWith('bad-compression', false));
});

test('an answer that is reset while it waits to be read is a failure, worth another try', async (t) => {
  let reset = async () => {};
  const { fetcher, origin } = await served(t, (_, response) => {
    // So that the parser waits and the socket does not: it notices.
    response.writeHead(200, { connection: 'close' }).write(Buffer.alloc(560 * 1024, 'x'));
    reset = async () => {
      const { socket } = response;
      if (socket === null || socket.destroyed) return;
      const closed = once(socket, 'close');
      socket.resetAndDestroy();
      await closed;
    };
  });
  const withMemory: Politeness['withMemory'] = (work) =>
    work({
      mostBytes: Infinity,
      async hold() {
        // The answer goes on coming until it has to wait.
        for (let i = 0; i < 100; i += 1) await setImmediate();
        await reset();
        for (let i = 0; i < 100; i += 1) await setImmediate();
      },
    });
  const politeness = politenessOf();
  const { signal } = new AbortController();
  const fetched = withMemory((memory) => fetcher.fetch(origin, { signal, politeness, memory }));
  await assert.rejects(fetched, failsWith('answer-cut', true));
});

test('what is too large is refused before the rest has come', async (t) => {
  const start = gzipSync(Buffer.alloc(11 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  const { fetcher, origin } = await served(t, (_, response) => {
    response.setHeader('content-encoding', 'gzip').write(start);
  });
  await assert.rejects(get(fetcher, origin), failsWith('too-large', false));
});

test('a page of exactly the cap passes, one byte more does not', async (t) => {
  const { fetcher, origin } = await served(
    t,
    (request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))),
    {
      maxBytes: 1024,
    },
  );
  assert.equal((await get(fetcher, `${origin}/1024`)).bytes.length, 1024);
  await assert.rejects(get(fetcher, `${origin}/1025`), failsWith('too-large', false));
});

for (const status of [408, 429, 500, 502, 503, 504]) {
  test(`status ${status} is worth another try`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(get(fetcher, origin), failsWith('http-status', true));
  });
}

for (const status of [304, 400, 401, 403, 404, 410]) {
  test(`status ${status} is final`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(get(fetcher, origin), failsWith('http-status', false));
  });
}

const inAnHour = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000).toUTCString();
const [longAgo, anHourLater] = ['Thu, 01 Jan 2026 00:00:00 GMT', 'Thu, 01 Jan 2026 01:00:00 GMT'];

for (const [status, retryAfter, date, ms] of [
  [429, '7', null, 7000],
  [503, inAnHour, null, 3_600_000],
  [503, anHourLater, longAgo, 3_600_000],
  [503, inAnHour, 'some day', 3_600_000],
  [429, '9999999', null, 24 * 3_600_000],
] as const) {
  test(`status ${status} with Retry-After: ${retryAfter}, Date: ${date} parks the host`, async (t) => {
    const { fetcher, origin, host } = await served(t, (_, response) => {
      response.sendDate = false;
      response.writeHead(status, { 'retry-after': retryAfter, ...(date && { date }) }).end();
    });
    const parked: [string, number][] = [];
    const pause = async (asked: string, forMs: number) => void parked.push([asked, forMs]);
    await assert.rejects(get(fetcher, origin, { pause }), failsWith('http-status', true));
    assert.equal(parked[0]?.[0], host);
    // The date was written when the tests began.
    assert.ok(Math.abs(ms - (parked[0]?.[1] ?? 0)) < Math.max(2000, ms / 60), `parked for ${parked[0]?.[1]} ms`);
  });
}

test('Retry-After without 429 or 503 parks nobody', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => response.writeHead(404, { 'retry-after': '7' }).end());
  const pause = () => assert.fail('parked');
  await assert.rejects(get(fetcher, origin, { pause }), failsWith('http-status', false));
});

test('a connection is used again, unless the answer before it was not read to its end', async (t) => {
  const { fetcher, origin } = await served(
    t,
    (request, response) => {
      response.setHeader('x-port', String(request.socket.remotePort));
      if (request.url === '/large') response.end('x'.repeat(100_000));
      else response.end(String(request.socket.remotePort));
    },
    { maxBytes: 50_000 },
  );
  const port = async () => Buffer.from((await get(fetcher, origin)).bytes).toString();
  const first = await port();
  assert.equal(await port(), first);
  await assert.rejects(get(fetcher, `${origin}/large`), failsWith('too-large', false));
  assert.notEqual(await port(), first);
});

test('a connection that the server closed while it was idle is not used', async (t) => {
  const { fetcher, origin } = await served(t, (request, response) => {
    response.end(String(request.socket.remotePort));
    response.on('finish', () => setTimeout(() => request.socket.destroy(), 20));
  });
  const first = (await get(fetcher, origin)).bytes;
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.notDeepEqual((await get(fetcher, origin)).bytes, first);
});

test('a connection is used as long as the server said that it keeps it, not longer', async (t) => {
  const clock = new FrozenClock();
  const { fetcher, origin } = await served(
    t,
    (request, response) => response.setHeader('keep-alive', 'timeout=2').end(String(request.socket.remotePort)),
    { clock },
  );
  const port = async () => Buffer.from((await get(fetcher, origin)).bytes).toString();
  const first = await port();
  await clock.advance(1400);
  assert.equal(await port(), first);
  await clock.advance(1600);
  assert.notEqual(await port(), first);
});

test('a request lost with a connection that was idle is sent once more, in a turn of its own', async (t) => {
  const used = new WeakSet();
  const { fetcher, origin } = await served(t, (request, response) => {
    if (used.has(request.socket) || request.url === '/never') request.socket.destroy();
    else response.end('here');
    used.add(request.socket);
  });
  const events: string[] = [];
  const more = {
    turn: async () => void events.push('turn'),
    started: async () => void events.push('sent'),
    count: (name: string) => void (name === 'downloader/request_count' && events.push('counted')),
  };
  await get(fetcher, origin, more);
  await get(fetcher, origin, more);
  assert.deepEqual(events, Array(3).fill(['turn', 'counted', 'sent']).flat());
  await assert.rejects(get(fetcher, `${origin}/never`, more), failsWith('connection-lost', true));
  assert.equal(events.length, 15, 'on a new connection it is not sent again');
});

test('a connection that took longer than the delay asks for its turn again', async (t) => {
  const slow: Lookup = (_name, _options, done) =>
    void setTimeout(() => done(null, [{ address: '127.0.0.1', family: 4 }]), 150);
  const { port, requests } = await serve(t, (_, response) => response.end('here'));
  const fetcher = fetcherFor(t, { allowHosts: [`slow.example:${port}`], lookup: slow });
  const events: string[] = [];
  const politeness = (delayMs: number) => ({
    delayMs: () => delayMs,
    turn: async () => void events.push('turn'),
    started: async () => void events.push(`sent ${requests.length}`),
  });
  await get(fetcher, `http://slow.example:${port}/`, politeness(100));
  await get(fetcher, `http://slow.example:${port}/`, politeness(60_000));
  assert.deepEqual(events, ['turn', 'turn', 'sent 0', 'turn', 'sent 1']);
});

test('figures are counted under the names that Scrapy has', async (t) => {
  const { fetcher, origin } = await served(t, (request, response) => {
    if (request.url === '/old') response.writeHead(301, { location: '/new' }).end('moved');
    else if (request.url === '/none') response.writeHead(404).end('none');
    else response.end('12345');
  });
  const figures: Record<string, number> = {};
  const count = (name: string, by = 1) => {
    figures[name] = (figures[name] ?? 0) + by;
  };
  await get(fetcher, `${origin}/old`, { count });
  await assert.rejects(get(fetcher, `${origin}/none`, { count }));
  await assert.rejects(get(fetcher, 'http://127.0.0.1:1/', { count }));
  delete figures['download_latency_ms'];
  assert.deepEqual(figures, {
    'downloader/request_count': 3,
    'downloader/response_count': 3,
    response_received_count: 2,
    'downloader/response_status_count/301': 1,
    'downloader/response_status_count/200': 1,
    'downloader/response_status_count/404': 1,
    'downloader/response_bytes': 14,
  });
});

for (const type of ['image/png', 'application/pdf', 'application/octet-stream', 'application/x-shockwave-flash']) {
  test(`${type} is no page`, async (t) => {
    const { fetcher, origin } = await served(t, (_, response) => response.setHeader('content-type', type).end('x'));
    await assert.rejects(get(fetcher, origin), failsWith('not-text', false));
  });
}

test('binary data without a type is no page, text without a type is HTML', async (t) => {
  const { fetcher, origin } = await served(t, (request, response) => {
    response.removeHeader('content-type');
    response.end(request.url === '/binary' ? Buffer.from([0x89, 0x50, 0, 1]) : '<p>text');
  });
  await assert.rejects(get(fetcher, `${origin}/binary`), failsWith('not-text', false));
  assert.equal((await get(fetcher, `${origin}/text`)).kind, 'html');
});

test('redirects are followed, and the page says where it was in the end', async (t) => {
  const { fetcher, origin, host } = await served(t, (request, response) => {
    if (request.url === '/a') response.writeHead(301, { location: 'b?x=1#part' }).end();
    else response.end('here');
  });
  const hosts: string[] = [];
  const turn = async (asked: string) => void hosts.push(asked);
  const page = await get(fetcher, `${origin}/a`, { turn });
  assert.equal(page.url, `${origin}/b?x=1`);
  assert.deepEqual(hosts, [host, host]);
});

test('a redirect written in UTF-8 is followed', async (t) => {
  const { fetcher, origin, requests } = await served(t, (request, response) => {
    const location = Buffer.from('/飛び石').toString('latin1');
    if (request.url === '/') response.writeHead(302, { location }).end();
    else response.end('here');
  });
  await get(fetcher, `${origin}/`);
  assert.equal(decodeURI(requests.at(-1) ?? ''), '/飛び石');
});

test('twenty redirects are followed, as by browsers, and no more', async (t) => {
  const { fetcher, origin } = await served(t, (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left > 0) response.writeHead(307, { location: `/${left - 1}` }).end();
    else response.end('here');
  });
  assert.equal((await get(fetcher, `${origin}/20`)).url, `${origin}/0`);
  await assert.rejects(get(fetcher, `${origin}/21`), failsWith('too-many-redirects', false));
});

test('a circle of redirects ends at once', async (t) => {
  const { fetcher, origin, requests } = await served(t, (request, response) => {
    response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a#x' }).end();
  });
  await assert.rejects(get(fetcher, `${origin}/a`), failsWith('redirect-loop', false));
  assert.deepEqual(requests, ['/a', '/b']);
});

test('a redirect to a file is not followed', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => {
    response.writeHead(302, { location: 'file:///etc/passwd' }).end();
  });
  await assert.rejects(get(fetcher, origin), failsWith('bad-address', false));
});

test('nothing is asked before its turn', async (t) => {
  const { fetcher, origin, requests } = await served(t, (_, response) => response.end());
  const turn = () => Promise.reject(new Error('not yet'));
  await assert.rejects(get(fetcher, origin, { turn }), /not yet/);
  assert.deepEqual(requests, []);
});

test('it says who it is, and passes on no credentials', async (t) => {
  let headers: Record<string, unknown> = {};
  const { fetcher, host } = await served(t, (request, response) => {
    headers = request.headers;
    response.end();
  });
  const page = await get(fetcher, `http://user:secret@${host}/`);
  assert.match(String(headers['user-agent']), /^Tobiishi\/\S+ \(\+http/);
  assert.equal(headers['authorization'], undefined);
  assert.equal(page.url, `http://${host}/`);
});

test('an answer that only drips meets the deadline', async (t) => {
  const options = { deadlineMs: 300, bodyTimeoutMs: 5000 };
  const { fetcher, origin } = await served(
    t,
    (_, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    },
    options,
  );
  await assert.rejects(get(fetcher, origin), failsWith('fetch-too-slow', true));
});

test('the deadline does not count the waiting for turns', async (t) => {
  const clock = new FrozenClock();
  const { fetcher, origin } = await served(t, (_, response) => response.end('here'), { deadlineMs: 200, clock });
  const turn = () => clock.advance(400);
  assert.equal((await get(fetcher, origin, { turn })).status, 200);
});

test('headers that never come are a failure worth another try', async (t) => {
  const { fetcher, origin } = await served(t, () => {}, { headersTimeoutMs: 100 });
  await assert.rejects(get(fetcher, origin), failsWith('answer-too-slow', true));
});

test('a body that stalls is a failure worth another try', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => void response.write('x'), { bodyTimeoutMs: 100 });
  await assert.rejects(get(fetcher, origin), failsWith('answer-stalled', true));
});

test('a port where nobody listens is a failure worth another try', async (t) => {
  await assert.rejects(
    get(fetcherFor(t, { allowHosts: ['127.0.0.1:1'] }), 'http://127.0.0.1:1/'),
    failsWith('connection-refused', true),
  );
});

test('a name that does not exist is a failure that says so', async (t) => {
  const lookup = (_: string, __: unknown, callback: (error: NodeJS.ErrnoException, none: []) => void) =>
    callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), []);
  await assert.rejects(get(fetcherFor(t, { lookup }), 'http://nowhere.example/'), failsWith('host-not-found', true));
});

test('an answer that is not HTTP is a failure that says so', async (t) => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  await assert.rejects(get(fetcherFor(t, { allowHosts: [host] }), `http://${host}/`), failsWith('not-http', false));
});

test('an aborted fetch rejects with the reason of the abort', async (t) => {
  const { fetcher, origin } = await served(t, (_, response) => void response.write('x'));
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('cancelled')), 50);
  await assert.rejects(fetcher.fetch(origin, { signal: abort.signal, politeness: politenessOf() }), /cancelled/);
});

/** What is asked for a page's memory, which has no more than `mostBytes`. */
async function heldFor(t: TestContext, body: Buffer, headers: Record<string, string>, mostBytes = Infinity) {
  const { origin, host } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...headers });
    // Without its length where the headers do not say it.
    response.write(body);
    response.end();
  });
  const held: number[] = [];
  const memory = { mostBytes, hold: async (bytes: number) => void held.push(bytes) };
  const fetcher = fetcherFor(t, { allowHosts: [host] });
  const options = { signal: new AbortController().signal, politeness: politenessOf(), memory };
  await fetcher.fetch(origin, options);
  return held;
}

const MEBIBYTE = 1024 * 1024;
const LARGE = Buffer.alloc(2 * MEBIBYTE, 'x');

test('memory for a page is asked for once, before more than a little of it is there, and what is too much given back', async (t) => {
  const length = String(LARGE.length);
  assert.deepEqual(await heldFor(t, LARGE, { 'content-length': length }), [LARGE.length, LARGE.length]);
  assert.deepEqual(await heldFor(t, LARGE, {}), [10 * MEBIBYTE, LARGE.length]);
  assert.deepEqual(await heldFor(t, LARGE.subarray(0, 200_000), {}), []);
});

test('a page that is packed tighter than others is asked for again', async (t) => {
  const packed = gzipSync(Buffer.concat([LARGE, randomBytes(40_000)]));
  const length = String(packed.length);
  const headers = { 'content-encoding': 'gzip', 'content-length': length };
  const held = await heldFor(t, packed, headers);
  assert.deepEqual(held, [packed.length * 10, 10 * MEBIBYTE, LARGE.length + 40_000]);
});

test('a page that can never have the memory is too large', async (t) => {
  await assert.rejects(heldFor(t, LARGE, {}, MEBIBYTE), failsWith('too-large', false));
});

test('a page for which there is no memory is no failure of its host', async (t) => {
  const { origin, host } = await serve(t, (_, response) => void response.end(LARGE));
  const notNow = new Error('not now');
  const memory = { mostBytes: Infinity, hold: () => Promise.reject(notNow) };
  const options = { signal: new AbortController().signal, politeness: politenessOf(), memory };
  await assert.rejects(fetcherFor(t, { allowHosts: [host] }).fetch(origin, options), notNow);
});
