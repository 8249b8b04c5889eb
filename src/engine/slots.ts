/** The slots for steps at work in this process. Whoever takes some gives them back, whatever happens. */
export class Slots {
  #free: number;

  constructor(readonly count: number) {
    this.#free = count;
  }

  get isFull(): boolean {
    return this.#free === 0;
  }

  /** Takes up to `count` slots; answers how many. */
  acquire(count: number): number {
    const taken = Math.min(count, this.#free);
    this.#free -= taken;
    return taken;
  }

  release(count: number): void {
    this.#free += count;
  }
}
