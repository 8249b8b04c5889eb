import { createHash } from 'node:crypto';

/** Decisions that a seed repeats. Each name opens a stream of its own, so that one user's draws never shift another's. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: string) {
    const digest = createHash('sha256').update(name).digest();
    [this.#a, this.#b, this.#c] = [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8)];
  }

  /** From 0 up to but not including 1: Chris Doty-Humphrey's sfc32. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A key, as often as its weight is of `outOf`; null for the rest. */
  weighted<K extends string>(weights: Readonly<Partial<Record<K, number>>>, outOf: number): K | null {
    let left = this.next() * outOf;
    for (const [key, weight] of Object.entries(weights) as [K, number][]) {
      left -= weight;
      if (left < 0) return key;
    }
    return null;
  }
}
