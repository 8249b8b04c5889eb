import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { buildConnector, Client, Dispatcher } from 'undici';
import type { Clock } from '../../index.js';
import { undici } from '../packages.js';
import { networkFailure } from './failures.js';

export interface ConnectionOptions {
  readonly headersTimeout: number;
  /** Between two pieces of the body. */
  readonly bodyTimeout: number;
}

/** However long a server offers to keep an idle connection. */
const LONGEST_IDLE_MS = 60_000;
/** For a server that does not say how long it keeps one. */
const IDLE_MS = 4500;
/** A request that leaves just before the server's time is up would come too late. */
const ON_THE_WAY_MS = 500;

/** Whoever wants to know when the request on a socket has been written. */
const onSent = new WeakMap<object, () => void>();
subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: object };
  onSent.get(socket)?.();
  onSent.delete(socket);
});

/**
 * Open connections, kept for the next request to the same origin. Unlike undici's pools, opening one and sending on
 * it are two steps here, so that a request can leave at the moment its turn comes, and not after a handshake.
 */
export class Connections {
  readonly #idle = new Map<string, Connection[]>();

  constructor(
    private readonly connect: buildConnector.connector,
    private readonly options: ConnectionOptions,
    private readonly clock: Clock,
  ) {}

  /** The one used last of those that nobody uses and the server still keeps; null when there is none. */
  reuse({ origin }: URL): Connection | null {
    for (;;) {
      const connection = this.#idle.get(origin)?.pop();
      if (connection === undefined) return null;
      if (connection.isOpen && this.clock.monotonic() < connection.usableUntil) return connection;
      connection.close();
    }
  }

  async open({ origin, protocol, host, hostname, port }: URL, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const target = { protocol, host, port, hostname: hostname.replace(/^\[(.*)\]$/, '$1') };
    const socket = await new Promise<Socket>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.connect(target as buildConnector.Options, (error, connected) => {
        signal.removeEventListener('abort', abort);
        if (error) return reject(error);
        if (signal.aborted) connected.destroy();
        resolve(connected as Socket);
      });
    });
    return new Connection(origin, socket, this.options);
  }

  /** To be used again by anybody. `hint`: the `Keep-Alive` header of its last answer. */
  keep(connection: Connection, hint = ''): void {
    if (!connection.isOpen) {
      connection.close();
      return;
    }
    const { origin } = connection;
    const seconds = /timeout=(\d+)/i.exec(hint)?.[1];
    const idleMs = seconds === undefined ? IDLE_MS : Math.min(Number(seconds) * 1000, LONGEST_IDLE_MS);
    connection.usableUntil = this.clock.monotonic() + idleMs - ON_THE_WAY_MS;
    connection.wasIdle = true;
    const idle = this.#idle.get(origin) ?? [];
    this.#idle.set(origin, [...idle, connection]);
    connection.onClose = () => this.#forget(connection);
  }

  closeAll(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.close();
  }

  #forget(connection: Connection): void {
    const left = (this.#idle.get(connection.origin) ?? []).filter((other) => other !== connection);
    if (left.length > 0) this.#idle.set(connection.origin, left);
    else this.#idle.delete(connection.origin);
  }
}

/** An open connection, for one request after another. */
export class Connection {
  onClose: () => void = () => {};
  /** On the clock that never jumps. */
  usableUntil = 0;
  wasIdle = false;
  /** It was lost while it was idle, or before the next request was answered. */
  wasStale = false;
  readonly #client: Client;
  #handedOver = false;
  #closed = false;

  constructor(
    readonly origin: string,
    private readonly socket: Socket,
    options: ConnectionOptions,
  ) {
    // The socket is the only one this client ever gets; what comes after it is a connection of its own.
    this.#client = new (undici().Client)(origin, {
      ...options,
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
    socket.once('close', () => this.close());
  }

  get isOpen(): boolean {
    return !this.#closed && !this.socket.destroyed;
  }

  /** `onWritten` is called when the request has been handed to the system. */
  async request(options: Dispatcher.RequestOptions, onWritten: () => void): Promise<Dispatcher.ResponseData> {
    onSent.set(this.socket, onWritten);
    try {
      return await this.#client.request(options);
    } catch (error) {
      this.wasStale = this.wasIdle && networkFailure(error).failure.code === 'connection-lost';
      throw error;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.destroy();
    this.#client.destroy().catch(() => {});
    this.onClose();
  }
}
