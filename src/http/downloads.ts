import type { Response } from 'express';
import type { Clock } from '../core/clock.js';
import type { Owner } from '../core/fair-shares.js';
import type { HeldBytes, Memory } from '../core/memory.js';
import type { RestingTurns } from '../core/resting-turns.js';
import { onceClosed, untilClosed } from './once-closed.js';

/** What one part may take before it is known: the rows of one step, at most. */
const MOST_OF_PART = 6_000_000;
/** Whoever takes a part no sooner than this has gone, or does not want it. */
const PATIENCE_MS = 60_000;
const LEAST_BYTES_PER_MS = 10;

/** The downloads of an instance: they take turns on its thread, and their parts share its memory. */
export class Downloads {
  constructor(
    private readonly memory: Memory,
    private readonly clock: Clock,
    private readonly turns: RestingTurns,
  ) {}

  /** One that lasts until its answer ends. */
  open(res: Response, owner: Owner): Download {
    onceClosed(res, this.turns.join());
    return new Download(res, this.memory.open(owner, Infinity), { turns: this.turns, clock: this.clock });
  }
}

export class Download {
  #cancel = () => {};
  readonly #gone: AbortSignal;

  constructor(
    private readonly res: Response,
    private readonly held: HeldBytes,
    private readonly deps: { readonly turns: RestingTurns; readonly clock: Clock },
  ) {
    this.#gone = untilClosed(res);
    onceClosed(res, () => {
      this.#cancel();
      held.release();
    });
  }

  /**
   * The next part, read when it is this download's turn and there is memory for it. The client has taken the last one by now;
   * when it does not take this one in time, its connection is ended. Rejects when the client has left.
   */
  async next<T>(read: () => Promise<T>, bytesOf: (part: T) => number): Promise<T> {
    const { held, res } = this;
    const { turns, clock } = this.deps;
    this.#cancel();
    await held.hold(Math.min(MOST_OF_PART, held.mostBytes), this.#gone);
    const part = await turns.take(read);
    // Whoever has left meanwhile takes nothing: no memory for it, and nobody to wait for.
    this.#gone.throwIfAborted();
    const bytes = bytesOf(part);
    await held.hold(Math.min(bytes, MOST_OF_PART, held.mostBytes));
    this.#cancel = clock.after(PATIENCE_MS + bytes / LEAST_BYTES_PER_MS, () => res.destroy());
    return part;
  }

  /** Likewise, of pieces of a file: each is small and known to be, so that it takes no memory from others. */
  async *inTurns(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { turns, clock } = this.deps;
    const reading = pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#cancel();
        const { done, value } = await turns.take(() => reading.next());
        if (done || this.#gone.aborted) return;
        this.#cancel = clock.after(PATIENCE_MS, () => this.res.destroy());
        yield value;
      }
    } finally {
      await reading.return?.();
    }
  }
}
