import type { Clock } from '../../index.js';

/** A step's own clock: to the engine the step rests while it sleeps, and holds no place of others. */
type StepClock = Pick<Clock, 'sleep'>;

/** Longer than any step may take. */
const LONGEST_REST_MS = 24 * 60 * 60_000;

/** Lets only so many be under way for each key at a time, such as requests to a host. */
export class KeyedSlots {
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(private readonly slots: number) {}

  /** Resolves to the release when a slot is free, first come, first served. Rejects with the signal's reason. */
  async take(key: string, signal: AbortSignal, clock: StepClock): Promise<() => void> {
    signal.throwIfAborted();
    const taken = this.#taken.get(key) ?? 0;
    if (taken < this.slots) this.#taken.set(key, taken + 1);
    else await resting(this.#handedOver(key, signal), clock);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#release(key);
    };
  }

  #handedOver(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#waiting.get(key) ?? [];
      this.#waiting.set(key, line);
      const leave = () => {
        line.splice(line.indexOf(go), 1);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      line.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** The slot goes to who waits longest. */
  #release(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#waiting.delete(key);
    const left = (this.#taken.get(key) ?? 1) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
  }
}

async function resting(wait: Promise<void>, clock: StepClock): Promise<void> {
  const over = new AbortController();
  const rest = clock.sleep(LONGEST_REST_MS, over.signal).catch(() => {});
  try {
    await wait;
  } finally {
    over.abort();
    await rest;
  }
}
