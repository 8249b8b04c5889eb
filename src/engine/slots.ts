/** The places for steps at work in this process. Whoever takes some gives them back, whatever happens. */
export class Room {
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  get isFull(): boolean {
    return this.#free === 0;
  }

  /** Takes up to `count` places; answers how many. */
  take(count: number): number {
    const taken = Math.min(count, this.#free);
    this.#free -= taken;
    return taken;
  }

  giveBack(count: number): void {
    this.#free += count;
  }
}
