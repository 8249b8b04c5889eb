import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Application, Express, Request, Response } from 'express';
import type { Clock } from '../core/clock.js';
import { boundPieces } from './body-pieces.js';
import { hangUp } from './hang-up.js';

export type Listener = (req: IncomingMessage, res: ServerResponse) => void;

/** What the frameworks that may be around us add to a request. */
interface HostedRequest extends IncomingMessage {
  /** Express's app that the request came through. */
  app?: Application;
  /** Express: the path that was cut off the address. */
  baseUrl?: string;
  /** Express and Fastify: the address before anything was cut off. */
  originalUrl?: string;
}

/** Express knows no other: with it, an answer over HTTP/2 would throw where nobody catches it. */
const HTTP_1_ONLY = 'Tobiishi answers HTTP/1.1. Let the proxy in front speak HTTP/2, or allow HTTP/1 beside it.\n';

/**
 * The app as a plain listener, for Node's own server and for whatever calls us as a middleware. It answers everything
 * itself. With `inheritsTrust`, an Express app around us says which proxies in front are believed.
 */
export function listenerOf(app: Express, inheritsTrust: boolean): Listener {
  let around: Application | null = null;
  return (incoming, res) => {
    if (incoming.httpVersionMajor > 1)
      return void res.writeHead(505, { 'Content-Type': 'text/plain' }).end(HTTP_1_ONLY);
    const req: HostedRequest = incoming;
    if (inheritsTrust && req.app !== undefined && req.app !== around) {
      around = req.app;
      app.set('trust proxy', around.get('trust proxy fn'));
    }
    req.baseUrl ??= cutOff(req);
    // Koa says 404 until somebody answers.
    res.statusCode = 200;
    app(req as Request, res as Response, (error?: unknown) => {
      // Half an answer must not be taken for a whole one.
      if (error && res.headersSent) res.destroy();
      else res.writeHead(error ? 500 : 404).end();
    });
  };
}

export type Messages = Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>;

/**
 * Classes of the app's requests and answers, for the options of `http.createServer`. Express gives each that it gets another
 * prototype, unless it has the right one from the beginning: to V8 each is then of a kind of its own, and whatever looks at it
 * later takes several times as long.
 */
export function messagesOf(app: Express): Messages {
  class AppRequest extends IncomingMessage {}
  class AppResponse<R extends IncomingMessage> extends ServerResponse<R> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** What Fastify has cut off the address: it does not say so itself. */
function cutOff({ originalUrl, url = '/' }: HostedRequest): string {
  if (originalUrl === undefined) return '';
  const [whole, rest] = [pathOf(originalUrl), pathOf(url)];
  if (whole.endsWith(rest)) return whole.slice(0, whole.length - rest.length);
  return rest === '/' ? whole : '';
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** Another process may be there by then. */
const RETRY_AFTER_S = 3;

/** No browser and no proxy asks for more on one connection before it has the first answer; each takes memory until then. */
const MOST_PIPELINED = 20;

/** Knows which answers are under way. */
export class OpenAnswers {
  readonly #open = new Set<ServerResponse>();
  readonly #ofSocket = new WeakMap<Socket, number>();
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#open.size;
  }

  watched(listener: Listener): Listener {
    return (req, res) => {
      if (this.#isClosed) {
        res.writeHead(503, { 'Retry-After': RETRY_AFTER_S }).end();
        return;
      }
      const { socket } = req;
      const before = this.#ofSocket.get(socket) ?? 0;
      if (before >= MOST_PIPELINED && req.httpVersionMajor === 1) return hangUp(socket);
      boundPieces(req);
      this.#ofSocket.set(socket, before + 1);
      this.#open.add(res);
      res.on('close', () => {
        this.#open.delete(res);
        this.#ofSocket.set(socket, (this.#ofSocket.get(socket) ?? 1) - 1);
      });
      listener(req, res);
    };
  }

  /** Resolves when all of them have been sent, or after `withinMs`. Whoever still comes is told to come back later. */
  async close(withinMs: number): Promise<void> {
    const over = new AbortController();
    const all = [...this.#open].map((res) => new Promise<void>((resolve) => res.once('close', resolve)));
    await Promise.race([Promise.all(all), this.#clock.sleep(withinMs, over.signal).catch(() => {})]);
    over.abort();
    this.#isClosed = true;
  }
}
