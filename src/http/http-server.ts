import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { type ConnectionLimits, limitConnections } from './connections.js';

/**
 * How long a client may take, in milliseconds. Whoever is slower, or has gone without saying so, loses the connection;
 * nobody else waits for it meanwhile. Answers have no limit here: a run may hold them for as long as it likes.
 */
export const TIMEOUTS = {
  /** To send a request's headers, counted from its first byte or from the connection. */
  headersMs: 30_000,
  /** To send all of a request: a form may bring hundreds of megabytes. Who reads it sees to it that they come at a pace. */
  requestMs: 60 * 60_000,
  /** To send the rest of a request that is answered already. */
  unreadMs: 10_000,
  /**
   * To begin another request. Proxies keep idle connections for up to 90 s (Heroku): Node closing one first gives the
   * visitor a random 502. https://nodejs.org/api/http.html#serverkeepalivetimeout
   */
  keepAliveMs: 95_000,
  /** How often the two limits of requests are looked at. */
  checkEveryMs: 5000,
} as const;

interface HttpServerOptions {
  readonly limits: ConnectionLimits;
  readonly timeouts?: Record<keyof typeof TIMEOUTS, number>;
  /** Those of the listener. */
  readonly serverOptions?: ServerOptions;
}

export function createHttpServer(
  listener: RequestListener,
  { limits, timeouts = TIMEOUTS, serverOptions = {} }: HttpServerOptions,
): Server {
  const { headersMs, requestMs, unreadMs, keepAliveMs, checkEveryMs } = timeouts;
  const server = createServer(
    {
      ...serverOptions,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkEveryMs,
      // Half-open connections: whose other end vanished, the operating system notices.
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    },
    listener,
  );
  server.on('request', (req, res) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = req.headers;
    if (length === undefined && encoding === undefined) return;
    res.once('finish', () => {
      if (!req.complete) setTimeout(() => req.complete || req.socket.destroy(), unreadMs).unref();
    });
  });
  // Node would answer 417 by itself, to any number of them at once.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  limitConnections(server, limits);
  return server;
}
