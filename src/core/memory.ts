import type { Clock } from './clock.js';
import { TobiishiError } from './errors.js';
import { FairShares, type Owner } from './fair-shares.js';

/** Whoever waits for longer is refused, where nothing else is said. */
const WAIT_MS = 30_000;

interface Waiting {
  readonly owner: Owner;
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * The bytes that may be in flight in a process: fetched pages, files of forms, and whatever else comes from outside and is kept
 * whole for a while. Owners share them, and whoever finds too few waits.
 */
export class Memory {
  readonly #shares: FairShares;
  readonly #waiting = new Set<Waiting>();

  constructor(
    readonly totalBytes: number,
    private readonly clock: Clock,
  ) {
    this.#shares = new FairShares(totalBytes);
  }

  /** What one piece of work should ask for at most: it is there as soon as others hold no more than that. */
  get mostBytes(): number {
    return Math.floor(this.totalBytes / 3);
  }

  get load(): { readonly bytesHeld: number; readonly waiting: number } {
    return {
      bytesHeld: Number.isFinite(this.totalBytes) ? this.totalBytes - this.#shares.free : 0,
      waiting: this.#waiting.size,
    };
  }

  /** Nothing at first. */
  open(owner: Owner, waitMs = WAIT_MS): HeldBytes {
    return new HeldBytes(this, owner, waitMs);
  }

  /** Takes them at once, or as soon as they are there. Rejects with `too-busy`, or with the reason of `signal`. */
  async take(owner: Owner, bytes: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const isFirst = ![...this.#waiting].some((each) => this.#holdsUp(each));
    if (isFirst && this.#shares.room([owner]) >= bytes) return this.#shares.move([owner], bytes);
    await this.#wait(owner, bytes, waitMs, signal);
  }

  give(owner: Owner, bytes: number): void {
    this.#shares.give([owner], bytes);
    this.#handOut();
  }

  #handOut(): void {
    for (const each of this.#waiting) {
      if (each.bytes <= this.#shares.room([each.owner])) {
        this.#shares.move([each.owner], each.bytes);
        each.grant();
      } else if (this.#holdsUp(each)) return;
    }
  }

  /** Small ones behind it would take what a large one waits for, again and again; but nobody stops others with a second. */
  #holdsUp({ owner }: Waiting): boolean {
    return this.#shares.held(owner) === 0;
  }

  #wait(owner: Owner, bytes: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#waiting.delete(waiting);
        cancel();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const giveUp = (reason: unknown) => {
        end(() => reject(reason));
        this.#handOut();
      };
      const waiting = { owner, bytes, grant: () => end(resolve) };
      const abort = () => giveUp(signal?.reason);
      const cancel = this.clock.after(waitMs, () =>
        giveUp(new TobiishiError('too-busy', `${bytes} bytes of memory were not free within ${waitMs} ms`)),
      );
      signal?.addEventListener('abort', abort);
      this.#waiting.add(waiting);
    });
  }
}

/** What one piece of work holds of the memory. */
export class HeldBytes {
  #bytes = 0;
  #isReleased = false;

  constructor(
    private readonly memory: Memory,
    private readonly owner: Owner,
    private readonly waitMs: number,
  ) {}

  get mostBytes(): number {
    return this.memory.mostBytes;
  }

  /**
   * Holds so many bytes from now on, in place of those held until now; for more of them it may have to wait. Rejects with
   * `too-busy`, or with the reason of `signal`.
   */
  async hold(bytes: number, signal?: AbortSignal): Promise<void> {
    const more = bytes - this.#bytes;
    if (more > 0) await this.memory.take(this.owner, more, this.waitMs, signal);
    else this.memory.give(this.owner, -more);
    this.#bytes = bytes;
    // Just while they came.
    if (this.#isReleased) this.release();
  }

  /** For good. */
  release(): void {
    this.#isReleased = true;
    this.memory.give(this.owner, this.#bytes);
    this.#bytes = 0;
  }
}
