import { statfs } from 'node:fs/promises';
import type { Clock } from '../core/clock.js';
import type { Disk } from '../core/quotas.js';

/** So long what was seen is believed. */
const LOOKED_AT_FOR_MS = 5000;

/** The disk on which a folder is. */
export class FreeDisk implements Disk {
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLow = false;

  /** `told`: is told once when less than `leastBytes` are free, and once when it is enough again. */
  constructor(
    private readonly folder: string,
    private readonly leastBytes: number,
    private readonly clock: Clock,
    private readonly told: (isLow: boolean, freeBytes: number) => void,
    private readonly freeIn: (folder: string) => Promise<number> = freeBytesIn,
  ) {}

  async isLow(): Promise<boolean> {
    const now = this.clock.monotonic();
    if (now - this.#lookedAt < LOOKED_AT_FOR_MS) return this.#isLow;
    this.#lookedAt = now;
    const free = await this.freeIn(this.folder);
    const isLow = free < this.leastBytes;
    if (isLow !== this.#isLow) this.told(isLow, free);
    this.#isLow = isLow;
    return isLow;
  }
}

/** For whoever is not root. Where it cannot be known nothing is low. */
async function freeBytesIn(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
