/** A line in which owners take turns: who has much waiting holds up only himself. */
export class FairQueue<T> {
  readonly #byOwner = new Map<string, T[]>();

  get isEmpty(): boolean {
    return this.#byOwner.size === 0;
  }

  get size(): number {
    let size = 0;
    for (const waiting of this.#byOwner.values()) size += waiting.length;
    return size;
  }

  hasOthersThan(owner: string): boolean {
    return this.#byOwner.size > (this.#byOwner.has(owner) ? 1 : 0);
  }

  push(owner: string, item: T): void {
    const waiting = this.#byOwner.get(owner);
    if (waiting) waiting.push(item);
    else this.#byOwner.set(owner, [item]);
  }

  /** Takes all that the owner has in the line. */
  takeAll(owner: string): readonly T[] {
    const waiting = this.#byOwner.get(owner) ?? [];
    this.#byOwner.delete(owner);
    return waiting;
  }

  /** Takes the next; undefined when none waits. */
  shift(): T | undefined {
    const [next] = this.#byOwner;
    if (next === undefined) return undefined;
    const [owner, [first, ...others]] = next;
    this.#byOwner.delete(owner);
    // Behind everybody else's.
    if (others.length > 0) this.#byOwner.set(owner, others);
    return first;
  }
}
