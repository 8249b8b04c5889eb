import { type Clock, StepError, type StepMemory, systemClock } from '../../index.js';
import { LONGEST_ADDRESS, webAddress } from '../read/address.js';
import { type Kind, kindOf } from '../read/content-type.js';
import { type Connection, type Request, type Response, StrictConnection, UnreadableAnswer } from './connection.js';
import { Connections } from './connections.js';
import { siteOf } from './cookies.js';
import { ACCEPT_ENCODING } from './decompress.js';
import { networkFailure, notFetchable, notText, parseRetryAfter, statusFailure } from './failures.js';
import type { EncodedForm } from './form-encoding.js';
import { Guard, type GuardOptions } from './guard.js';
import type { Identity } from './identity.js';
import { KeyedSlots } from './keyed-slots.js';
import { mediaTypeOf, sniffedType, UNKNOWN_TYPES } from './media-type.js';
import type { Politeness } from './politeness.js';
import { NoMemory, type ReadBody, readBody } from './read-body.js';
import { RedirectChain } from './redirects.js';
import { notHttp } from './response-parser.js';

export interface FetcherOptions extends GuardOptions {
  /** Honest: `Name/version (+URL)`. */
  readonly userAgent: string;
  readonly clock?: Clock;
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
  /** Default: nobody, who keeps no cookies. */
  readonly identity?: Identity;
  /** Sent by POST; redirects but 307 and 308 are then followed by GET. Default: none. */
  readonly form?: EncodedForm;
  /** False for robots.txt itself. */
  readonly needsPermission?: boolean;
  /** `page` (default): what can be read as text; anything else is a failure. */
  readonly accept?: 'page' | 'anything';
  /** Decompressed. Default: the fetcher's `maxBytes`. */
  readonly maxBytes?: number;
  /** Where the body is held. Default: nowhere, for what is known to be small. */
  readonly memory?: StepMemory;
  /** Keeps what fits in `maxBytes` instead of failing. */
  readonly keepsStart?: boolean;
  /** Takes an answer that broke off on its way as far as it came; otherwise that is a failure worth another try. */
  readonly takesCut?: boolean;
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
  /** The answer broke off: more should have followed. */
  readonly isCut: boolean;
  readonly status: number;
  /** The `Refresh` header: browsers take it for a redirect. */
  readonly refresh: string | null;
  /** The `Link` headers, as one. */
  readonly link: string | null;
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

/** Everything that is read here, and then, as browsers do, anything. */
const ACCEPT =
  'text/html,application/xhtml+xml,application/xml;q=0.9,application/rss+xml;q=0.9,application/atom+xml;q=0.9,' +
  'application/json;q=0.9,text/*;q=0.8,*/*;q=0.8';
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LEFT_OF_REDIRECTS_BYTES = 16 * 1024;
const LONGEST_PAUSE_MS = 24 * 60 * 60_000;
/** Requests under way to one address at a time. */
const ADDRESS_SLOTS = 2;
/** Origins remembered because undici refuses what they answer. */
const MOST_UNREADABLE = 1000;
/** A host that is slower to connect to than its delay is long gets this many tries to be on time. */
const MOST_LATE_STARTS = 3;

export function createFetcher(options: FetcherOptions): Fetcher {
  const guard = new Guard(options);
  const { clock = systemClock, connectTimeoutMs = 10_000, headersTimeoutMs = 30_000, bodyTimeoutMs = 30_000 } = options;
  const timeouts = { headersTimeout: headersTimeoutMs, bodyTimeout: bodyTimeoutMs };
  const connections = new Connections(guard.connector(connectTimeoutMs), timeouts, clock);
  const shared = {
    connections,
    guard,
    addressSlots: new KeyedSlots(ADDRESS_SLOTS),
    options,
    unreadable: new Set<string>(),
  };
  return {
    fetch: (url, each) => new Fetch(shared, each).toTheEnd(url),
    fetchHop: (url, each) => new Fetch(shared, each).hop(url),
    close: async () => connections.closeAll(),
  };
}

/** What all fetches of a fetcher have in common. */
interface Shared {
  readonly connections: Connections;
  readonly guard: Guard;
  /** Over everybody whom this process fetches for. */
  readonly addressSlots: KeyedSlots;
  readonly options: FetcherOptions;
  /** Origins whose answers undici has refused: they are asked through the lenient reader at once. */
  readonly unreadable: Set<string>;
}

/** One page on its way. */
class Fetch {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #maxBytes: number;
  readonly #politeness: Politeness;
  /** What the next request sends; redirects are followed without it. */
  #form: EncodedForm | null;
  /** Of the last answer; 0 before any. */
  #status = 0;
  #spentMs = 0;
  #leaveAddress: () => void = () => {};

  constructor(
    private readonly shared: Shared,
    private readonly each: FetchOptions,
  ) {
    const { clock = systemClock, deadlineMs = 60_000, maxBytes = 10 * 1024 * 1024 } = shared.options;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#maxBytes = each.maxBytes ?? maxBytes;
    this.#politeness = each.politeness;
    this.#form = each.form ?? null;
  }

  async toTheEnd(start: string): Promise<Page> {
    const chain = new RedirectChain();
    const { identity } = this.each;
    for (let address = start; ; ) {
      const changes = identity?.changes;
      const result = await this.hop(address);
      if (!(result instanceof URL)) return result;
      // What a form was sent to may well be what is shown after it.
      const setCookies = identity?.changes !== changes || this.#form !== null;
      if (!this.#keepsForm(address, result)) this.#form = null;
      chain.add(webAddress(address)?.href ?? address, result.href, { setCookies });
      address = result.href;
    }
  }

  /** As browsers send it again after 307 and 308, but not to another site, nor where others could listen. */
  #keepsForm(from: string, to: URL): boolean {
    if (this.#status !== 307 && this.#status !== 308) return false;
    const own = new URL(from);
    return siteOf(own) === siteOf(to) && (own.protocol !== 'https:' || to.protocol === 'https:');
  }

  /** The page, or where to go on. */
  async hop(address: string): Promise<Page | URL> {
    const url = webAddress(address);
    if (!url) throw notFetchable(address);
    this.shared.guard.check(url);
    if (this.each.needsPermission !== false) await this.#politeness.admit(url);
    try {
      if (this.shared.unreadable.has(url.origin)) return await this.#askLeniently(url);
      return await this.#askStrictly(url);
    } catch (error) {
      // Within the failure that it became under the deadline.
      if (!(error instanceof StepError && error.cause instanceof UnreadableAnswer)) throw error;
      if (this.shared.unreadable.size >= MOST_UNREADABLE) this.shared.unreadable.clear();
      this.shared.unreadable.add(url.origin);
      return await this.#askLeniently(url);
    } finally {
      this.#leaveAddress();
      this.#leaveAddress = () => {};
    }
  }

  /** Waits until the machine that the host is on may be asked, and keeps one of its slots for the rest of the hop. */
  async #enterAddress(url: URL): Promise<void> {
    const { guard, addressSlots } = this.shared;
    if (guard.allows(url)) return;
    const key = await this.#timed(() => guard.addressKeyOf(url));
    this.#leaveAddress();
    await this.#politeness.addressTurn(key, url.host);
    this.#leaveAddress = await addressSlots.take(key, this.each.signal, this.#politeness.clock);
  }

  async #askStrictly(url: URL): Promise<Page | URL> {
    // A form must not be sent twice, and so not on a connection that may be closed at any moment.
    const connection = await this.#connectInTurn(url, { anew: this.#form !== null });
    try {
      return await this.#ask(url, connection);
    } catch (error) {
      // A server may close an idle connection at any moment: then nobody has answered, and a GET may be sent again.
      if (!connection.wasStale) throw error;
      return this.#ask(url, await this.#connectInTurn(url, { anew: true }));
    }
  }

  /** In a turn of its own. */
  async #askLeniently(url: URL): Promise<Page | URL> {
    await this.#politeness.turn(url.host);
    await this.#enterAddress(url);
    const connection = await this.#timed((signal) => this.shared.connections.openLenient(url, signal));
    return this.#ask(url, connection);
  }

  /**
   * An open connection, at the moment that the host may be asked. While it was opened nobody else could get the turn,
   * unless that took longer than the delay: then the turn is asked for again, with the connection at hand.
   */
  async #connectInTurn(url: URL, { anew = false } = {}): Promise<StrictConnection> {
    const { connections } = this.shared;
    for (let late = 1; ; late += 1) {
      await this.#politeness.turn(url.host);
      const startedAt = this.#clock.monotonic();
      await this.#enterAddress(url);
      const kept = anew && late === 1 ? null : connections.reuse(url);
      if (kept) return kept;
      const opened = await this.#timed((signal) => connections.open(url, signal));
      const delayMs = this.#politeness.delayMs(url.host);
      if (delayMs === 0 || this.#clock.monotonic() - startedAt < delayMs || late === MOST_LATE_STARTS) return opened;
      connections.keep(opened);
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
      if (error instanceof NoMemory) throw error.cause;
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

  #ask(url: URL, connection: Connection): Promise<Page | URL> {
    return this.#timed((signal) => this.#exchange(url, connection, signal));
  }

  async #exchange(url: URL, connection: Connection, signal: AbortSignal): Promise<Page | URL> {
    let response: Response | null = null;
    try {
      response = await this.#request(url, connection, signal);
      this.#status = response.status;
      const location = locationOf(response);
      if (location !== null) return redirectTarget(location, url);
      this.#politeness.count('response_received_count');
      if (!isPageStatus(response.status)) throw await this.#refusal(url, response);
      return await this.#page(response, url);
    } finally {
      // Read to the end when little is left, so that the connection can be used again.
      const left = (await response?.body.drain(LEFT_OF_REDIRECTS_BYTES)) ?? 0;
      if (left > 0) this.#politeness.count('downloader/response_bytes', left);
      const isReusable = connection instanceof StrictConnection && response?.body.isRead;
      if (isReusable) this.shared.connections.keep(connection, response?.fields.first('keep-alive') ?? '');
      else connection.close();
    }
  }

  async #request(url: URL, connection: Connection, signal: AbortSignal): Promise<Response> {
    let noted: Promise<void> = Promise.resolve();
    let sentAt = this.#clock.monotonic();
    const headers = {
      'user-agent': this.shared.options.userAgent,
      accept: ACCEPT,
      'accept-encoding': ACCEPT_ENCODING,
      ...(await this.each.identity?.headersFor(url)),
      ...(this.#form !== null && { 'content-type': this.#form.type, origin: url.origin }),
    };
    const path = url.pathname + url.search;
    const request: Request =
      this.#form === null ? { method: 'GET', path, headers } : { method: 'POST', path, headers, body: this.#form.body };
    const response = await connection.request(request, signal, () => {
      sentAt = this.#clock.monotonic();
      this.#politeness.count('downloader/request_count');
      this.each.onWritten?.();
      noted = this.#politeness.started(url.host);
      // Awaited below, but only when there is an answer.
      noted.catch(() => {});
    });
    this.#politeness.count('download_latency_ms', Math.round(this.#clock.monotonic() - sentAt));
    this.#politeness.count('downloader/response_count');
    this.#politeness.count(`downloader/response_status_count/${response.status}`);
    await noted;
    await this.each.identity?.received(url, response.fields);
    return response;
  }

  /** The failure for a status that is no page. */
  async #refusal(url: URL, { status, fields }: Response): Promise<StepError> {
    // A date is meant by the host's own clock, which may differ from ours.
    const sentAt = Date.parse(fields.first('date') ?? '');
    const now = Number.isNaN(sentAt) ? this.#clock.now() : sentAt;
    const retryAfterMs = parseRetryAfter(fields.first('retry-after') ?? '', now);
    const asksForPause = status === 429 || status === 503;
    if (retryAfterMs === null || !asksForPause) return statusFailure(status);
    const pausedMs = Math.min(retryAfterMs, LONGEST_PAUSE_MS);
    await this.#politeness.pause(url.host, pausedMs);
    return statusFailure(status, pausedMs);
  }

  async #page(response: Response, url: URL): Promise<Page> {
    const { status, fields } = response;
    const stated = mediaTypeOf(fields);
    // What is no page by its name need not be read, unless it may be one that is only packed.
    const isRefused = stated !== null && kindOf(stated.essence) === null && !mayHoldPage(stated.essence);
    if (isRefused && this.each.accept !== 'anything') throw notText(stated.essence);
    const { bytes, receivedBytes, isCut } = await this.#readBody(response);
    this.#politeness.count('downloader/response_bytes', receivedBytes);
    // A redirect that leads nowhere is shown by browsers; one without a page says nothing but its status.
    if (status >= 300 && bytes.length === 0) throw statusFailure(status);
    const isPacked = stated !== null && PACKED.has(stated.essence);
    const type = sniffedType(isPacked ? null : stated, fields, bytes);
    const kind = this.each.accept === 'anything' ? 'text' : kindOf(type.essence);
    if (kind === null) throw notText(isPacked ? stated.essence : type.essence);
    const [refresh, link] = [fields.first('refresh'), fields.all('link').join(', ') || null];
    return { url: url.href, kind, charset: type.charset, bytes, isCut, status, refresh, link };
  }

  async #readBody(response: Response): Promise<ReadBody> {
    const { keepsStart = false, takesCut = false, memory } = this.each;
    return readBody(response, { maxBytes: this.#maxBytes, keepsStart, takesCut, memory });
  }
}

/** Null for an answer that is no redirect. Throws for one that leads to several addresses, which browsers do not believe. */
function locationOf({ status, fields }: Response): string | null {
  if (!REDIRECTS.has(status)) return null;
  const [location = null, ...others] = new Set(fields.all('location').filter((each) => each.trim() !== ''));
  if (others.length === 0) return location;
  throw networkFailure(notHttp(`it redirects to ${others.length + 1} addresses: ${[location, ...others].join(', ')}`));
}

/** The bytes of the header as they are, whatever encoding they were meant in; as browsers send them. */
function redirectTarget(location: string, from: URL): URL {
  if (location.length > LONGEST_ADDRESS) throw notFetchable(`${location.slice(0, 200)}…`);
  const text = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  const target = webAddress(text, from.href);
  if (!target) throw notFetchable(text);
  return target;
}

/** What browsers show. A redirect without an address is a page, too; 204 and 205 say that there is none. */
function isPageStatus(status: number): boolean {
  return status >= 200 && status <= 399 && !NO_PAGE.has(status);
}

const NO_PAGE = new Set([204, 205]);

const PACKED = new Set(['application/gzip', 'application/x-gzip']);

function mayHoldPage(essence: string): boolean {
  return PACKED.has(essence) || UNKNOWN_TYPES.has(essence);
}
