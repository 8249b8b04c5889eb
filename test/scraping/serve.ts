import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { StepError } from '../../src/core/errors.js';
import { createFetcher, type Fetcher, type FetcherOptions, type Page } from '../../src/scraping/fetch.js';

export interface Served {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** Addresses asked for, in order. */
  readonly requests: string[];
}

/** A real server on every address of this machine, for the time of one test. */
export async function serve(t: TestContext, handle: RequestListener): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return { origin: `http://${host}`, host, port, requests };
}

export function fetcherFor(t: TestContext, options: Partial<FetcherOptions> = {}): Fetcher {
  const fetcher = createFetcher({ allowHosts: [], userAgent: 'Tobiishi/test (+https://example.org/)', ...options });
  t.after(() => fetcher.close());
  return fetcher;
}

/** Fetches with every turn granted at once. */
export function get(fetcher: Fetcher, url: string): Promise<Page> {
  return fetcher.fetch(url, { signal: new AbortController().signal, turn: async () => {} });
}

/** For `assert.rejects`: a step error with this code, and whether it is worth another try. */
export function failsWith(code: string, retry: boolean) {
  return (error: unknown): true => {
    assert.ok(error instanceof StepError, String(error));
    assert.deepEqual([error.failure.code, error.retry], [code, retry], error.message);
    return true;
  };
}
