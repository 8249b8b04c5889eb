import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { Client } from 'undici';
import { undici } from '../packages.js';
import { Body, type Flow } from './body.js';
import { networkFailure } from './failures.js';
import { HeaderFields } from './header-fields.js';
import { MOST_HEAD_BYTES, MOST_INFORMATIONAL, notHttp, type ResponseHead } from './response-parser.js';

export interface Request {
  readonly method: 'GET' | 'POST';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each character is a byte. */
  readonly body?: string;
}

export interface Response extends ResponseHead {
  readonly body: Body;
}

export interface Timeouts {
  readonly headersTimeout: number;
  /** Between two pieces of the body. */
  readonly bodyTimeout: number;
}

/** An open connection, for one request after another. */
export interface Connection {
  readonly origin: string;
  readonly isOpen: boolean;
  /** It was lost while it was idle, or before the next request was answered. */
  readonly wasStale: boolean;
  /** `onWritten` is called when the request has been handed to the system. */
  request(request: Request, signal: AbortSignal, onWritten: () => void): Promise<Response>;
  close(): void;
}

/** However long a server offers to keep an idle connection. */
export const LONGEST_IDLE_MS = 60_000;

/** Whoever wants to know when the request on a socket has been written. */
const onSent = new WeakMap<object, () => void>();
subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: object };
  const written = onSent.get(socket);
  onSent.delete(socket);
  // Undici says so just before it writes: what takes a while here would have the request leave later than is noted.
  if (written) queueMicrotask(written);
});

/** What an answer may be that undici has refused to read to its end. */
export class UnreadableAnswer extends Error {
  constructor(cause: unknown) {
    super('not an answer that undici reads', { cause });
  }
}

/** A connection on which undici speaks HTTP. Rejects with `UnreadableAnswer` for what a lenient reader might still read. */
export class StrictConnection implements Connection {
  onClose: () => void = () => {};
  /** On the clock that never jumps. */
  usableUntil = 0;
  wasIdle = false;
  wasStale = false;
  readonly #client: Client;
  #handedOver = false;
  /**
   * undici's parser is paused. When the connection then closes without an error, or is reset, undici throws where nobody
   * catches it.
   */
  #isPaused = false;
  #closed = false;

  constructor(
    readonly origin: string,
    private readonly socket: Socket,
    timeouts: Timeouts,
  ) {
    // The socket is the only one this client ever gets; what comes after it is a connection of its own.
    this.#client = new (undici().Client)(origin, {
      ...timeouts,
      maxHeaderSize: MOST_HEAD_BYTES,
      // It must never close a connection that is just being used again: nobody uses one that was idle for so long.
      keepAliveTimeout: 2 * LONGEST_IDLE_MS,
      keepAliveMaxTimeout: 2 * LONGEST_IDLE_MS,
      keepAliveTimeoutThreshold: -2 * LONGEST_IDLE_MS,
      connect: (_, callback) => {
        if (this.#handedOver) return callback(new (undici().errors.SocketError)('the connection was closed'), null);
        this.#handedOver = true;
        // Not at once: undici goes on only after it has returned from here.
        queueMicrotask(() => callback(null, socket));
      },
    });
    this.#client.on('disconnect', () => this.close());
    // Before undici listens: of a reset it asks the parser for what there is.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isPaused && error.code === 'ECONNRESET') error.code = 'ECONNABORTED';
    });
    socket.once('close', () => this.close());
  }

  get isOpen(): boolean {
    return !this.#closed && !this.socket.destroyed;
  }

  async request(request: Request, signal: AbortSignal, onWritten: () => void): Promise<Response> {
    onSent.set(this.socket, onWritten);
    const readBefore = this.socket.bytesRead;
    try {
      return await this.#dispatch(request, signal);
    } catch (error) {
      const hasAnswered = this.socket.bytesRead > readBefore;
      if (hasAnswered && isUnreadable(error)) throw new UnreadableAnswer(error);
      this.wasStale = this.wasIdle && networkFailure(error).failure.code === 'connection-lost';
      throw error;
    }
  }

  #dispatch({ method, path, headers, body }: Request, signal: AbortSignal): Promise<Response> {
    return new Promise((resolve, reject) => {
      let answer: Body | null = null;
      let informational = 0;
      let abort = () => {};
      const done = () => signal.removeEventListener('abort', abort);
      this.#client.dispatch(
        { origin: this.origin, method, path, headers, body: body === undefined ? null : Buffer.from(body, 'latin1') },
        {
          onRequestStart(controller) {
            abort = () => controller.abort(signal.reason);
            if (signal.aborted) abort();
            else signal.addEventListener('abort', abort, { once: true });
          },
          onResponseStart: (controller, status) => {
            informational += status < 200 ? 1 : 0;
            if (informational > MOST_INFORMATIONAL)
              return controller.abort(notHttp('no answer follows what comes before it'));
            if (status < 200) return;
            const fields = HeaderFields.fromRaw((controller.rawHeaders ?? []) as Buffer[]);
            if (hidesChunks(fields)) return controller.abort(notHttp('it is in chunks within another coding'));
            answer = new Body(this.#flow(controller));
            resolve({ status, fields, body: answer });
          },
          onResponseData: (_, chunk) => answer?.push(chunk),
          onResponseEnd() {
            done();
            answer?.end();
          },
          onResponseError(_, error) {
            done();
            if (answer) answer.fail(isMalformed(error) ? new UnreadableAnswer(error) : error);
            else reject(error);
          },
        },
      );
    });
  }

  #flow(controller: Flow): Flow {
    return {
      pause: () => {
        this.#isPaused = true;
        controller.pause();
      },
      resume: () => {
        this.#isPaused = false;
        controller.resume();
      },
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.destroy(this.#isPaused ? new Error('its answer was given up') : undefined);
    this.#client.destroy().catch(() => {});
    this.onClose();
  }
}

/** undici takes the chunks of these for the body, and browsers do not. */
function hidesChunks(fields: HeaderFields): boolean {
  const codings = fields.all('transfer-encoding').join().toLowerCase();
  return codings !== '' && /(?:^|[\s,])chunked\s*,/.test(codings) && !/chunked\s*$/.test(codings);
}

/**
 * The parser has refused what came; an end that came too early is none of its complaints. A length that does not match
 * is one that was stated more than once: undici writes the numbers one behind the other.
 */
function isMalformed(error: unknown): boolean {
  return /^(HPE_(?!INVALID_EOF_STATE)|HTTPParserError$|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$)/.test(codeOf(error));
}

/** Of a failure before the body: undici destroys the connection at an uninvited `100`, and does not believe in others. */
function isUnreadable(error: unknown): boolean {
  return isMalformed(error) || /^(HPE_INVALID_EOF_STATE|UND_ERR_SOCKET|ERR_ASSERTION)$/.test(codeOf(error));
}

/** Not every complaint of the parser has a code. */
function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
