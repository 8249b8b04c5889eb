import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/core/clock.js';
import { StepError } from '../../../src/core/errors.js';
import { createFetcher, type Fetcher, type FetcherOptions, type Page } from '../../../src/scrape/fetch/fetch.js';
import type { Politeness } from '../../../src/scrape/fetch/politeness.js';
import { contextOf } from '../../fixtures/context.js';

export interface Served {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** Addresses asked for, in order. */
  readonly requests: string[];
  /** When each of them came, by the server's clock that never jumps. */
  readonly times: number[];
}

/** What a server does that has no robots.txt. */
const NO_ROBOTS: RequestListener = (_, response) => response.writeHead(404).end();

/** A real server on every address of this machine, for the time of one test. `robots` answers for /robots.txt. */
export async function serve(t: TestContext, handle: RequestListener, robots = NO_ROBOTS): Promise<Served> {
  const requests: string[] = [];
  const times: number[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    times.push(performance.now());
    response.setHeader('content-type', 'text/html; charset=utf-8');
    (request.url === '/robots.txt' ? robots : handle)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return { origin: `http://${host}`, host, port, requests, times };
}

/** What a raw server sends, piece by piece. */
export type RawAnswer = string | Buffer | readonly (string | Buffer)[];

/**
 * A server that answers with the bytes that it is told, and then closes the connection. Strings are Latin-1.
 * `/robots.txt` is answered with 404 unless `answer` has something for it.
 */
export async function serveRaw(
  t: TestContext,
  answer: (path: string, head: string) => RawAnswer | null,
): Promise<Served> {
  const requests: string[] = [];
  const times: number[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let head = '';
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const path = head.split(' ')[1] ?? '';
      requests.push(path);
      times.push(performance.now());
      const none = path === '/robots.txt' ? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' : '';
      const pieces = [answer(path, head) ?? none].flat();
      for (const piece of pieces) socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return { origin: `http://${host}`, host, port, requests, times };
}

export function fetcherFor(t: TestContext, options: Partial<FetcherOptions> = {}): Fetcher {
  const fetcher = createFetcher({ allowHosts: [], userAgent: 'Tobiishi/test (+https://example.org/)', ...options });
  t.after(() => fetcher.close());
  return fetcher;
}

/** Everything is allowed, and at once. */
export function politenessOf(more: Partial<Politeness> = {}): Politeness {
  return {
    admit: async () => {},
    turn: async () => {},
    addressTurn: async () => {},
    delayMs: () => 0,
    started: async () => {},
    pause: async () => {},
    withMemory: contextOf().withMemory,
    clock: systemClock,
    count: () => {},
    ...more,
  };
}

export function get(fetcher: Fetcher, url: string, more: Partial<Politeness> = {}): Promise<Page> {
  return fetcher.fetch(url, { signal: new AbortController().signal, politeness: politenessOf(more) });
}

/** For `assert.rejects`: a step error with this code, and whether it is worth another try. */
export function failsWith(code: string, retry: boolean) {
  return (error: unknown): true => {
    assert.ok(error instanceof StepError, String(error));
    assert.deepEqual([error.failure.code, error.retry], [code, retry], error.message);
    return true;
  };
}
