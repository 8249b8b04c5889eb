import type { Dispatcher } from 'undici';
import { type Clock, StepError, systemClock } from '../../index.js';
import { webAddress } from '../read/address.js';
import { type Kind, kindOf, looksBinary, parseMediaType } from '../read/content-type.js';
import { type Connection, Connections } from './connections.js';
import { ACCEPT_ENCODING, decompress, isDecompressionError } from './decompress.js';
import { networkFailure, notFetchable, notText, parseRetryAfter, statusFailure, tooLarge } from './failures.js';
import { Guard, type Lookup } from './guard.js';
import type { Politeness } from './politeness.js';
import { RedirectChain } from './redirects.js';

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
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** False for robots.txt itself. */
  readonly needsPermission?: boolean;
  /** `page` (default): what can be read as text; anything else is a failure. */
  readonly accept?: 'page' | 'anything';
  /** Decompressed. Default: the fetcher's `maxBytes`. */
  readonly maxBytes?: number;
  /** Keeps what fits in `maxBytes` instead of failing. */
  readonly cut?: boolean;
  /** Called whenever a request has been handed to the system, those of redirects included. */
  readonly onWritten?: () => void;
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
  /** The `Refresh` header: browsers take it for a redirect. */
  readonly refresh: string | null;
}

export interface Fetcher {
  /**
   * Fetches one page. Rejects with a `StepError` that says why there is none; its `retry` is true when trying again
   * may help: after 408, 429, 5xx and trouble on the network. A host that says until when it wants to be left alone
   * is parked.
   */
  fetch(url: string, options: FetchOptions): Promise<Page>;
  /** As `fetch`, but one request only: resolves to where it was redirected instead of going there. */
  fetchHop(url: string, options: FetchOptions): Promise<Page | URL>;
  close(): Promise<void>;
}

type Answer = Dispatcher.ResponseData;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LEFT_OF_REDIRECTS_BYTES = 16 * 1024;
const LONGEST_PARK_MS = 24 * 60 * 60_000;
/** A host that is slower to connect to than its delay is long gets this many tries to be on time. */
const MOST_LATE_STARTS = 3;

export function createFetcher(options: FetcherOptions): Fetcher {
  const guard = new Guard(options);
  const { clock = systemClock, connectTimeoutMs = 10_000, headersTimeoutMs = 30_000, bodyTimeoutMs = 30_000 } = options;
  const timeouts = { headersTimeout: headersTimeoutMs, bodyTimeout: bodyTimeoutMs };
  const connections = new Connections(guard.connector(connectTimeoutMs), timeouts, clock);
  return {
    fetch: (url, each) => new Fetch(connections, guard, options, each).toTheEnd(url),
    fetchHop: (url, each) => new Fetch(connections, guard, options, each).hop(url),
    close: async () => connections.closeAll(),
  };
}

/** One page on its way. */
class Fetch {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #maxBytes: number;
  readonly #politeness: Politeness;
  #spentMs = 0;

  constructor(
    private readonly connections: Connections,
    private readonly guard: Guard,
    private readonly options: FetcherOptions,
    private readonly each: FetchOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#deadlineMs = options.deadlineMs ?? 60_000;
    this.#maxBytes = each.maxBytes ?? options.maxBytes ?? 10 * 1024 * 1024;
    this.#politeness = each.politeness;
  }

  async toTheEnd(start: string): Promise<Page> {
    const chain = new RedirectChain();
    for (let address = start; ; ) {
      const result = await this.hop(address);
      if (!(result instanceof URL)) return result;
      chain.add(webAddress(address)?.href ?? address, result.href);
      address = result.href;
    }
  }

  /** The page, or where to go on. */
  async hop(address: string): Promise<Page | URL> {
    const url = webAddress(address);
    if (!url) throw notFetchable(address);
    this.guard.check(url);
    if (this.each.needsPermission !== false) await this.#politeness.admit(url);
    const ask = (connection: Connection) => this.#timed((signal) => this.#ask(url, connection, signal));
    const connection = await this.#connectInTurn(url);
    try {
      return await ask(connection);
    } catch (error) {
      // A server may close an idle connection at any moment: then nobody has answered, and a GET may be sent again.
      if (!connection.wasStale) throw error;
      return ask(await this.#connectInTurn(url, { anew: true }));
    }
  }

  /**
   * An open connection, at the moment that the host may be asked. While it was opened nobody else could get the turn,
   * unless that took longer than the delay: then the turn is asked for again, with the connection at hand.
   */
  async #connectInTurn(url: URL, { anew = false } = {}): Promise<Connection> {
    for (let late = 1; ; late += 1) {
      await this.#politeness.turn(url.host);
      const kept = anew && late === 1 ? null : this.connections.reuse(url);
      if (kept) return kept;
      const startedAt = this.#clock.monotonic();
      const opened = await this.#timed((signal) => this.connections.open(url, signal));
      const delayMs = this.#politeness.delayMs(url.host);
      if (delayMs === 0 || this.#clock.monotonic() - startedAt < delayMs || late === MOST_LATE_STARTS) return opened;
      this.connections.keep(opened);
    }
  }

  /** Does a part of the work under what is left of the deadline. */
  async #timed<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.each;
    const startedAt = this.#clock.monotonic();
    const late = new AbortController();
    const seconds = this.#deadlineMs / 1000;
    const cancel = this.#clock.after(this.#deadlineMs - this.#spentMs, () => {
      late.abort(new StepError('fetch-too-slow', `not finished within ${seconds} s`, { params: { seconds } }));
    });
    try {
      return await work(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (!(error instanceof StepError)) this.#politeness.count('downloader/exception_count');
      // The abort shows up as various errors of the streams it ended.
      signal.throwIfAborted();
      late.signal.throwIfAborted();
      throw networkFailure(error);
    } finally {
      cancel();
      this.#spentMs += this.#clock.monotonic() - startedAt;
    }
  }

  async #ask(url: URL, connection: Connection, signal: AbortSignal): Promise<Page | URL> {
    let answer: Answer | null = null;
    try {
      answer = await this.#request(url, connection, signal);
      const location = header(answer, 'location');
      if (REDIRECTS.has(answer.statusCode) && location !== undefined) return redirectTarget(location, url);
      this.#politeness.count('response_received_count');
      if (answer.statusCode < 200 || answer.statusCode > 299) throw await this.#refusal(url, answer);
      return await this.#page(answer, url);
    } finally {
      // Read to the end when little is left, so that the connection can be used again.
      let left = 0;
      answer?.body.on('data', (chunk: Uint8Array) => {
        left += chunk.length;
      });
      await answer?.body.dump({ limit: LEFT_OF_REDIRECTS_BYTES, signal }).catch(() => {});
      if (left > 0) this.#politeness.count('downloader/response_bytes', left);
      if (answer?.body.readableEnded) this.connections.keep(connection, header(answer, 'keep-alive'));
      else connection.close();
    }
  }

  async #request(url: URL, connection: Connection, signal: AbortSignal): Promise<Answer> {
    let noted: Promise<void> = Promise.resolve();
    let sentAt = this.#clock.monotonic();
    const options = {
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        'user-agent': this.options.userAgent,
        accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8',
        'accept-encoding': ACCEPT_ENCODING,
      },
      signal,
    } as const;
    const answer = await connection.request(options, () => {
      sentAt = this.#clock.monotonic();
      this.#politeness.count('downloader/request_count');
      this.each.onWritten?.();
      noted = this.#politeness.started(url.host);
      // Awaited below, but only when there is an answer.
      noted.catch(() => {});
    });
    this.#politeness.count('download_latency_ms', Math.round(this.#clock.monotonic() - sentAt));
    this.#politeness.count('downloader/response_count');
    this.#politeness.count(`downloader/response_status_count/${answer.statusCode}`);
    await noted;
    return answer;
  }

  /** The failure for a status that is no page. */
  async #refusal(url: URL, answer: Answer): Promise<StepError> {
    // A date is meant by the host's own clock, which may differ from ours.
    const sentAt = Date.parse(header(answer, 'date') ?? '');
    const now = Number.isNaN(sentAt) ? this.#clock.now() : sentAt;
    const retryAfterMs = parseRetryAfter(header(answer, 'retry-after') ?? '', now);
    const asksForPause = answer.statusCode === 429 || answer.statusCode === 503;
    if (retryAfterMs === null || !asksForPause) return statusFailure(answer.statusCode);
    const parkedMs = Math.min(retryAfterMs, LONGEST_PARK_MS);
    await this.#politeness.pause(url.host, parkedMs);
    return statusFailure(answer.statusCode, parkedMs);
  }

  async #page(answer: Answer, url: URL): Promise<Page> {
    const type = parseMediaType(header(answer, 'content-type') ?? '');
    const kind = this.each.accept === 'anything' ? 'text' : kindOf(type);
    if (!kind) throw notText(type.essence);
    const bytes = await this.#read(answer);
    if (kind === 'html' && type.essence === '' && looksBinary(bytes)) throw notText('binary data');
    const refresh = header(answer, 'refresh') ?? null;
    return { url: url.href, kind, charset: type.charset, bytes, status: answer.statusCode, refresh };
  }

  async #read(answer: Answer): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const received = { bytes: 0 };
    try {
      for await (const chunk of decompress(counted(answer.body, received), header(answer, 'content-encoding') ?? '')) {
        const room = this.#maxBytes - size;
        size += chunk.length;
        if (chunk.length <= room) chunks.push(chunk);
        else if (!this.each.cut) throw tooLarge(this.#maxBytes);
        else {
          chunks.push(chunk.subarray(0, room));
          break;
        }
      }
    } catch (error) {
      if (isDecompressionError(error)) throw badCompression(error, answer);
      throw cutOff(error, answer, received.bytes);
    } finally {
      this.#politeness.count('downloader/response_bytes', received.bytes);
    }
    return Buffer.concat(chunks);
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
