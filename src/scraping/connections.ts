import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { undici } from './packages.js';

export interface ConnectionOptions {
  readonly headersTimeout: number;
  /** Between two pieces of the body. */
  readonly bodyTimeout: number;
}

/** However long a server offers to keep an idle connection. */
const LONGEST_IDLE_MS = 60_000;

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
  ) {}

  /** The one used last of those that nobody uses; null when there is none. */
  reuse({ origin }: URL): Connection | null {
    return this.#idle.get(origin)?.pop() ?? null;
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

  /** To be used again by anybody. */
  keep(connection: Connection): void {
    if (!connection.isOpen) {
      connection.close();
      return;
    }
    const { origin } = connection;
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
      keepAliveMaxTimeout: LONGEST_IDLE_MS,
      connect: (_, callback) => {
        if (this.#handedOver) return callback(new Error('the connection was closed'), null);
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
  request(options: Dispatcher.RequestOptions, onWritten: () => void): Promise<Dispatcher.ResponseData> {
    onSent.set(this.socket, onWritten);
    return this.#client.request(options);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.destroy();
    this.#client.destroy().catch(() => {});
    this.onClose();
  }
}
