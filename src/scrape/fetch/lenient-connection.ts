import type { Socket } from 'node:net';
import { Body } from './body.js';
import type { Connection, Request, Response, Timeouts } from './connection.js';
import { type ResponseHandler, ResponseParser } from './response-parser.js';

/**
 * A connection for one request, whose answer is read as browsers read it. Only for what undici has refused: it knows
 * neither reuse nor anything else of HTTP that one answer does not need.
 */
export class LenientConnection implements Connection {
  readonly origin: string;
  readonly wasStale = false;

  constructor(
    private readonly url: URL,
    private readonly socket: Socket,
    private readonly timeouts: Timeouts,
  ) {
    this.origin = url.origin;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  request(request: Request, signal: AbortSignal, onWritten: () => void): Promise<Response> {
    const { socket, timeouts } = this;
    return new Promise((resolve, reject) => {
      let body: Body | null = null;
      const fail = (error: unknown) => {
        socket.destroy();
        if (body) body.fail(error);
        else reject(error);
      };
      const flow = { pause: () => void socket.pause(), resume: () => void socket.resume() };
      const isUsualPort = this.url.protocol === 'http:' && this.url.port === '';
      const handler: ResponseHandler = {
        head({ status, fields }) {
          socket.setTimeout(timeouts.bodyTimeout);
          body = new Body(flow);
          resolve({ status, fields, body });
        },
        data: (piece) => body?.push(piece),
        end: () => body?.end(),
      };
      const parser = new ResponseParser(handler, isUsualPort);
      const abort = () => fail(signal.reason);
      const parse = (work: () => void) => {
        try {
          work();
        } catch (error) {
          fail(error);
        }
      };
      const finish = () => {
        signal.removeEventListener('abort', abort);
        parse(() => {
          if (!parser.isEnded && !parser.finish()) fail(coded('UND_ERR_SOCKET', 'the connection was closed'));
        });
      };
      socket.on('data', (bytes) => parse(() => parser.write(bytes)));
      socket.on('end', finish);
      socket.on('error', fail);
      socket.on('close', finish);
      socket.setTimeout(timeouts.headersTimeout, () => {
        fail(coded(parser.hasHead ? 'UND_ERR_BODY_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT', 'nothing came'));
      });
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) return abort();
      socket.write(written(request, this.url), 'latin1', (error) => {
        if (!error) onWritten();
      });
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The request as it goes over the wire. */
function written({ method, path, headers, body }: Request, { host }: URL): string {
  const fields = {
    host,
    connection: 'close',
    ...headers,
    ...(body !== undefined && { 'content-length': body.length }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
