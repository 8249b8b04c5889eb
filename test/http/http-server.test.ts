import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createHttpServer, TIMEOUTS } from '../../src/http/http-server.js';

const LARGE = 20_000_000;

describe('clients that are slow or gone', () => {
  let server: Server;
  let port: number;
  const sockets: Socket[] = [];

  before(async () => {
    server = createHttpServer(
      (req, res) => {
        req.resume();
        res.end(req.url === '/large' ? Buffer.alloc(LARGE) : 'well');
      },
      {
        limits: { most: 1000, mostOfNetwork: 300 },
        timeouts: { headersMs: 400, requestMs: 60_000, unreadMs: 800, keepAliveMs: 2000, checkEveryMs: 100 },
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    server.closeAllConnections();
  });

  function open(text: string): Socket {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text);
    sockets.push(socket);
    return socket;
  }

  async function endOf(socket: Socket): Promise<void> {
    socket.resume();
    await once(socket, 'close');
  }

  it('hold nobody else up', async () => {
    for (let i = 0; i < 200; i += 1) open('GET / HTTP/1.1\r\nHost: x\r\nX-Slow:');
    for (let i = 0; i < 50; i += 1) open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow');
    for (let i = 0; i < 20; i += 1) open('GET /large HTTP/1.1\r\nHost: x\r\n\r\n').pause();
    for (let i = 0; i < 5; i += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(await response.text(), 'well');
    }
  });

  it('lose the connection: headers that do not end, a form that does not come, nothing at all', async () => {
    const [headers, body, nothing] = [
      open('GET / HTTP/1.1\r\nHost: x\r\nX-Slow:'),
      open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n'),
      open(''),
    ];
    const drip = setInterval(() => headers.write('x'), 50);
    await Promise.all([headers, body, nothing].map(endOf));
    clearInterval(drip);
  });

  it('are told in a page what was refused: cookies of 20 KB, what is no HTTP, headers that do not end', async () => {
    const answerOf = async (text: string) => {
      const socket = open(text);
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      await once(socket, 'close');
      return answer;
    };
    const [cookies, noHttp, slow] = await Promise.all([
      answerOf(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`),
      answerOf('HELLO\r\n\r\n'),
      answerOf('GET / HTTP/1.1\r\nHost: x\r\nX-Slow:'),
    ]);
    assert.match(cookies, /^HTTP\/1.1 431 .*<section lang="en">.*<section lang="ja">/s);
    assert.match(noHttp, /^HTTP\/1.1 400 .*<h1>This request cannot be read/s);
    assert.match(slow, /^HTTP\/1.1 408 .*<h1>The request took too long/s);
  });

  it('of one network have so many connections and no more, until some are closed', async () => {
    while (sockets.length > 0) sockets.pop()?.destroy();
    const mine: Socket[] = [];
    for (let i = 0; i < 300; i += 1) mine.push(open(''));
    const [first] = mine;
    assert.ok(first);
    const [answer] = await once(open(''), 'data');
    assert.match(String(answer), /^HTTP\/1.1 429 .*Retry-After: 5.*http-equiv="refresh" content="5"/s);
    first.destroy();
    await assert.doesNotReject(async () => {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
        if (response.status === 200) return;
        await response.text();
      }
    });
    for (const socket of mine) socket.destroy();
  });

  it('keep an idle connection longer than the limits of requests, for proxies that reuse it', async () => {
    const socket = open('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 200/);
  });

  it('idle connections are kept longer than any known proxy keeps them', () => {
    assert.ok(TIMEOUTS.keepAliveMs > 90_000);
  });
});
