/** At most `most` values by key; the one not asked for longest makes way for a new one. */
export class LruCache<T> {
  readonly #values = new Map<string, T>();
  /** The key that stands last. */
  #newest: string | null = null;

  constructor(private readonly most: number) {}

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    // To put it last takes longer than to find it. Mostly nothing has to make way for long, or it is last already.
    if (value !== undefined && key !== this.#newest && this.#values.size * 2 > this.most) this.#put(key, value);
    return value;
  }

  /** The value, read where it is not known; what is nowhere is not kept. */
  find(key: string, read: () => T | undefined): T | undefined {
    const known = this.get(key);
    if (known !== undefined) return known;
    const value = read();
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#put(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.most && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }

  /** A map keeps its order: the newest is last. */
  #put(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    this.#newest = key;
  }
}
