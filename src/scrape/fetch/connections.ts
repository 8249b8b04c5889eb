import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { Clock } from '../../index.js';
import { LONGEST_IDLE_MS, StrictConnection, type Timeouts } from './connection.js';
import { LenientConnection } from './lenient-connection.js';

/** For a server that does not say how long it keeps one. */
const IDLE_MS = 4500;
/** A request that leaves just before the server's time is up would come too late. */
const ON_THE_WAY_MS = 500;

/**
 * Open connections, kept for the next request to the same origin. Unlike undici's pools, opening one and sending on
 * it are two steps here, so that a request can leave at the moment its turn comes, and not after a handshake.
 */
export class Connections {
  readonly #idle = new Map<string, StrictConnection[]>();

  constructor(
    private readonly connect: buildConnector.connector,
    private readonly timeouts: Timeouts,
    private readonly clock: Clock,
  ) {}

  /** The one used last of those that nobody uses and the server still keeps; null when there is none. */
  reuse({ origin }: URL): StrictConnection | null {
    for (;;) {
      const connection = this.#idle.get(origin)?.pop();
      if (connection === undefined) return null;
      if (connection.isOpen && this.clock.monotonic() < connection.usableUntil) return connection;
      connection.close();
    }
  }

  async open(url: URL, signal: AbortSignal): Promise<StrictConnection> {
    return new StrictConnection(url.origin, await this.#socket(url, signal), this.timeouts);
  }

  /** For one answer that undici has refused to read. */
  async openLenient(url: URL, signal: AbortSignal): Promise<LenientConnection> {
    return new LenientConnection(url, await this.#socket(url, signal), this.timeouts);
  }

  /** To be used again by anybody. `hint`: the `Keep-Alive` header of its last answer. */
  keep(connection: StrictConnection, hint = ''): void {
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

  async #socket({ protocol, host, hostname, port }: URL, signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted();
    const target = { protocol, host, port, hostname: hostname.replace(/^\[(.*)\]$/, '$1') };
    return await new Promise<Socket>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.connect(target as buildConnector.Options, (error, connected) => {
        signal.removeEventListener('abort', abort);
        if (error) return reject(error);
        if (signal.aborted) connected.destroy();
        resolve(connected as Socket);
      });
    });
  }

  #forget(connection: StrictConnection): void {
    const left = (this.#idle.get(connection.origin) ?? []).filter((other) => other !== connection);
    if (left.length > 0) this.#idle.set(connection.origin, left);
    else this.#idle.delete(connection.origin);
  }
}
