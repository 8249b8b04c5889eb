/** Cascade layers (https://www.w3.org/TR/css-cascade-5/#layering), each with those within it in the order of their first mention. */
export class Layer {
  readonly #inner = new Map<string, Layer>();
  /** The greater one is stronger; set when all are known. */
  rank = 0;

  /** The layer of a name such as `base.reset`, within this one. Without a name one of its own. */
  named(name: string): Layer {
    const [first = '', ...rest] = name.trim().split('.');
    const key = first.trim() || `#${this.#inner.size}`;
    let layer = this.#inner.get(key);
    if (layer === undefined) {
      layer = new Layer();
      this.#inner.set(key, layer);
    }
    return rest.length === 0 ? layer : layer.named(rest.join('.'));
  }

  /** Numbers this layer and those within it, which are weaker than what stands in it by itself. Returns the next number. */
  number(from = 0): number {
    let next = from;
    for (const layer of this.#inner.values()) next = layer.number(next);
    this.rank = next;
    return next + 1;
  }
}
