import { Agent, type Dispatcher } from 'undici';
import { type Clock, systemClock } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import { webAddress } from './address.js';
import { ACCEPT_ENCODING, decompress, isDecompressionError } from './decompress.js';
import { networkFailure, statusFailure } from './failures.js';
import { Guard, type Lookup } from './guard.js';
import { type Kind, kindOf, looksBinary, parseMediaType } from './media.js';

export interface FetcherOptions {
  /** `host:port` entries that may be fetched although their addresses are not public. */
  readonly allowHosts: readonly string[];
  /** Honest: `Name/version (+URL)`. */
  readonly userAgent: string;
  readonly clock?: Clock;
  readonly lookup?: Lookup;
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  /** Between two pieces of the body. */
  readonly bodyTimeoutMs?: number;
  /** For the whole fetch, redirects included, but not the waiting for turns. */
  readonly deadlineMs?: number;
  /** Decompressed. */
  readonly maxBytes?: number;
  readonly maxRedirects?: number;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Resolves when the host (`url.host`) may be asked; awaited before every request, those of redirects included. */
  turn(host: string): Promise<void>;
}

export interface Page {
  /** Where it was found in the end: after redirects, without fragment. */
  readonly url: string;
  readonly kind: Kind;
  /** The charset that the HTTP header names. */
  readonly charset: string | null;
  /** Decompressed. */
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly redirects: number;
}

export interface Fetcher {
  /**
   * Fetches one page. Rejects with a `StepError` that says why there is none; its `retry` is true when trying again
   * may help: after 408, 429, 5xx (`params.retryAfterMs` when the host named a time) and trouble on the network.
   */
  fetch(url: string, options: FetchOptions): Promise<Page>;
  close(): Promise<void>;
}

type Answer = Dispatcher.ResponseData;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LEFT_OF_REDIRECTS_BYTES = 16 * 1024;

export function createFetcher(options: FetcherOptions): Fetcher {
  const guard = new Guard(options);
  const agent = new Agent({
    connect: guard.connector(options.connectTimeoutMs ?? 10_000),
    headersTimeout: options.headersTimeoutMs ?? 30_000,
    bodyTimeout: options.bodyTimeoutMs ?? 30_000,
  });
  return {
    fetch: (url, each) => new Fetch(agent, guard, options, each).run(url),
    close: () => agent.destroy(),
  };
}

/** One page on its way, over as many hops as it takes. */
class Fetch {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #maxBytes: number;
  readonly #maxRedirects: number;
  #spentMs = 0;

  constructor(
    private readonly agent: Agent,
    private readonly guard: Guard,
    private readonly options: FetcherOptions,
    private readonly each: FetchOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#deadlineMs = options.deadlineMs ?? 60_000;
    this.#maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
    this.#maxRedirects = options.maxRedirects ?? 10;
  }

  async run(start: string): Promise<Page> {
    let url = webAddress(start);
    if (!url) throw notFetchable(start);
    const seen = new Set<string>();
    for (;;) {
      seen.add(url.href);
      this.guard.check(url);
      await this.each.turn(url.host);
      const result: Page | URL = await this.#within(url, seen.size - 1);
      if (!(result instanceof URL)) return result;
      if (seen.has(result.href)) {
        throw new StepError('redirect-loop', `redirected in a circle, back to ${result.href}`, {
          params: { url: result.href },
          retry: false,
        });
      }
      if (seen.size > this.#maxRedirects) {
        throw new StepError('too-many-redirects', `redirected more than ${this.#maxRedirects} times`, {
          params: { max: this.#maxRedirects },
          retry: false,
        });
      }
      url = result;
    }
  }

  /** One hop, under what is left of the deadline: the page, or where to go on. */
  async #within(url: URL, redirects: number): Promise<Page | URL> {
    const { signal } = this.each;
    const startedAt = this.#clock.monotonic();
    const late = new AbortController();
    const over = new AbortController();
    const seconds = this.#deadlineMs / 1000;
    this.#clock.sleep(this.#deadlineMs - this.#spentMs, over.signal).then(
      () => late.abort(new StepError('fetch-too-slow', `not finished within ${seconds} s`, { params: { seconds } })),
      () => {},
    );
    try {
      return await this.#hop(url, redirects, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      // The abort shows up as various errors of the streams it ended.
      signal.throwIfAborted();
      late.signal.throwIfAborted();
      throw networkFailure(error);
    } finally {
      over.abort();
      this.#spentMs += this.#clock.monotonic() - startedAt;
    }
  }

  async #hop(url: URL, redirects: number, signal: AbortSignal): Promise<Page | URL> {
    const answer = await this.agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        'user-agent': this.options.userAgent,
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8',
        'accept-encoding': ACCEPT_ENCODING,
      },
      signal,
    });
    const location = header(answer, 'location');
    try {
      if (REDIRECTS.has(answer.statusCode) && location !== undefined) return redirectTarget(location, url);
      if (answer.statusCode < 200 || answer.statusCode > 299) {
        throw statusFailure(answer.statusCode, header(answer, 'retry-after'), this.#clock);
      }
      return await this.#page(answer, url, redirects);
    } finally {
      // Read to the end when little is left, so that the connection can be used again.
      await answer.body.dump({ limit: LEFT_OF_REDIRECTS_BYTES, signal }).catch(() => {});
    }
  }

  async #page(answer: Answer, url: URL, redirects: number): Promise<Page> {
    const type = parseMediaType(header(answer, 'content-type') ?? '');
    const kind = kindOf(type);
    if (!kind) throw notText(type.essence);
    const bytes = await this.#read(answer);
    if (type.essence === '' && looksBinary(bytes)) throw notText('binary data');
    return { url: url.href, kind, charset: type.charset, bytes, status: answer.statusCode, redirects };
  }

  async #read(answer: Answer): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const received = { bytes: 0 };
    try {
      for await (const chunk of decompress(counted(answer.body, received), header(answer, 'content-encoding') ?? '')) {
        size += chunk.length;
        if (size > this.#maxBytes) throw tooLarge(this.#maxBytes);
        chunks.push(chunk);
      }
    } catch (error) {
      if (isDecompressionError(error)) throw badCompression(error, answer);
      throw cutOff(error, answer, received.bytes);
    }
    return Buffer.concat(chunks, size);
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, total: { bytes: number }): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    total.bytes += chunk.length;
    yield chunk;
  }
}

/** The first value of a header. */
function header({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** undici reads headers as latin1, servers write UTF-8. */
function redirectTarget(location: string, from: URL): URL {
  const text = Buffer.from(location, 'latin1').toString('utf8');
  const target = webAddress(text, from.href);
  if (!target) throw notFetchable(text);
  return target;
}

function notFetchable(url: string): StepError {
  return new StepError('bad-address', `not an http or https address: ${url}`, { params: { url }, retry: false });
}

function notText(type: string): StepError {
  return new StepError('not-text', `neither HTML nor XML nor text: ${type}`, { params: { type }, retry: false });
}

function tooLarge(maxBytes: number): StepError {
  const mebibytes = maxBytes / 1024 / 1024;
  return new StepError('too-large', `larger than ${mebibytes} MiB`, { params: { mebibytes }, retry: false });
}

const CUT_OFF = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'HPE_INVALID_EOF_STATE',
  'ECONNRESET',
]);

/** A connection lost after the headers, said in bytes; anything else as it is. */
function cutOff(error: unknown, answer: Answer, received: number): unknown {
  const isCut = CUT_OFF.has(String((error as NodeJS.ErrnoException | null)?.code));
  if (!isCut) return error;
  const stated = header(answer, 'content-length') ?? '?';
  return new StepError('answer-cut', `the answer broke off after ${received} of ${stated} bytes`, {
    params: { received, stated },
    cause: error,
  });
}

/** Trying again helps only when the cut may have happened on the way: HTTP itself did not know where the end is. */
function badCompression(error: NodeJS.ErrnoException, answer: Answer): StepError {
  const coding = header(answer, 'content-encoding') ?? '';
  const isFramed = 'content-length' in answer.headers || 'transfer-encoding' in answer.headers;
  return new StepError('bad-compression', `the answer cannot be decompressed (${coding}): ${error.message}`, {
    params: { coding, reason: error.message },
    cause: error,
    retry: !isFramed,
  });
}
