import { type BlockKind, BlockList, type BlockStore, type NewBlock } from '../core/blocks.js';
import type { Clock } from '../core/clock.js';

/** Every process obeys a new block after so long, at the latest. */
const FRESH_MS = 2000;

/** What the operator blocks, as it was kept moments ago. Nothing is asked of the store while nobody asks. */
export class Blocks {
  #known: { readonly list: BlockList; readonly at: number } | null = null;
  #asking: Promise<BlockList> | null = null;

  constructor(
    private readonly store: BlockStore,
    private readonly clock: Clock,
  ) {}

  /** While the store is away, what was known last holds. */
  current(): BlockList | Promise<BlockList> {
    if (this.#known !== null && this.clock.monotonic() - this.#known.at < FRESH_MS) return this.#known.list;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async put(block: NewBlock): Promise<void> {
    await this.store.put(block);
    await this.#askAnew();
  }

  async remove(kind: BlockKind, value: string): Promise<void> {
    await this.store.remove(kind, value);
    await this.#askAnew();
  }

  /** What is being asked may have been read before the change. */
  async #askAnew(): Promise<void> {
    await this.#asking;
    await this.#ask();
  }

  async #ask(): Promise<BlockList> {
    const at = this.clock.monotonic();
    try {
      const list = new BlockList(await this.store.list());
      this.#known = { list, at };
      return list;
    } catch (error) {
      if (this.#known === null) throw error;
      return this.#known.list;
    }
  }
}
