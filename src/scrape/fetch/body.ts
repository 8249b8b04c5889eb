/** What a body comes from. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** What waits to be read before the other side is asked to wait. */
const MOST_WAITING_BYTES = 256 * 1024;
/** What a piece takes besides its bytes: it may have but one. */
const PIECE_BYTES = 128;

/**
 * The body of an answer as it comes. Unlike a stream of Node's, it gives all that came before a failure, and only then
 * throws it: an answer that breaks off is known as far as it goes. Pieces that came together are read as one: each costs the
 * reader the same, however short it is.
 */
export class Body implements AsyncIterableIterator<Uint8Array> {
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #end: 'open' | 'whole' | 'failed' = 'open';
  #error: unknown = null;
  #wake: (() => void) | null = null;
  #isGivenUp = false;

  constructor(private readonly flow: Flow) {}

  /** Whether all of it has come and was read. */
  get isRead(): boolean {
    return this.#end === 'whole' && this.#waiting.length === 0 && !this.#isGivenUp;
  }

  push(chunk: Uint8Array): void {
    if (this.#isGivenUp) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += PIECE_BYTES + chunk.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.flow.pause();
    }
    this.#wake?.();
  }

  end(): void {
    if (this.#end === 'open') this.#end = 'whole';
    this.#wake?.();
  }

  fail(error: unknown): void {
    if (this.#end === 'open') {
      this.#end = 'failed';
      this.#error = error;
    }
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (this.#waiting.length === 0 && this.#end === 'open') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const pieces = this.#waiting;
    const [first] = pieces;
    if (first === undefined) {
      if (this.#end === 'failed') throw this.#error;
      return { done: true, value: undefined };
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
    // Not at once: what waits on its way would be parsed and read before anybody else gets the thread.
    if (this.#isPaused) setImmediate(() => this.#resume());
    return { done: false, value: pieces.length === 1 ? first : Buffer.concat(pieces) };
  }

  #resume(): void {
    if (this.#end !== 'open' || this.#isGivenUp) return;
    this.#isPaused = false;
    this.flow.resume();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Called where a loop over the body is left early. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isGivenUp = true;
    this.#waiting = [];
    return { done: true, value: undefined };
  }

  /** Reads what is left, unless the rest was given up, up to about `limit` bytes, so that the connection can be used again. Returns how much. */
  async drain(limit: number): Promise<number> {
    let left = 0;
    try {
      while (left <= limit && !this.#isGivenUp) {
        const { done, value } = await this.next();
        if (done) break;
        left += value.length;
      }
    } catch {
      // Who read the body knows already; of what nobody wanted to read it does not matter.
    }
    return left;
  }
}
