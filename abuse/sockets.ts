import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A connection from `127.0.0.N`, below HTTP. */
export class RawClient {
  readonly #socket: Socket;
  #answer = '';
  #received = 0;
  isClosed = false;

  constructor(target: string, n: number) {
    const { port } = new URL(target);
    this.#socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: `127.0.0.${n}` });
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.isClosed = true;
    });
    this.#socket.on('data', (chunk) => {
      this.#received += chunk.length;
      if (this.#answer.length < 100) this.#answer += chunk.toString('latin1');
    });
  }

  send(text: string | Buffer): void {
    if (!this.isClosed) this.#socket.write(text);
  }

  /** Reads about so many bytes a second from here on. */
  async readSlowly(bytesPerSecond: number, forMs: number): Promise<void> {
    for (const until = performance.now() + forMs; performance.now() < until && !this.isClosed; ) {
      const before = this.#received;
      this.#socket.resume();
      while (this.#received === before && !this.isClosed && performance.now() < until) await sleep(10);
      this.#socket.pause();
      await sleep((1000 * (this.#received - before)) / bytesPerSecond);
    }
  }

  /** The status that came; `closed` when the connection ended without one, else `nothing`. */
  get status(): string {
    return /^HTTP\/1\.1 (\d+)/.exec(this.#answer)?.[1] ?? (this.isClosed ? 'closed' : 'nothing');
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** Does `work` every `everyMs` until `forMs` have passed. */
export async function keepDoing(forMs: number, everyMs: number, work: () => void): Promise<void> {
  for (const until = performance.now() + forMs; performance.now() < until; await sleep(everyMs)) work();
}
