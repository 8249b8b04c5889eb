import ipaddr from 'ipaddr.js';

/** Requests under way to one address at a time. */
const SLOTS = 2;

/**
 * What one machine may answer for, however many names and ports it has: an IPv4 address, or the /64 of an IPv6 address,
 * within which a network gives addresses away freely.
 */
export function addressKey(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}

/** Bounds the requests under way to each address, over everybody whom this process fetches for. */
export class AddressSlots {
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Resolves to the release when a slot is free, first come, first served. Rejects with the signal's reason. */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const taken = this.#taken.get(key) ?? 0;
    if (taken < SLOTS) this.#taken.set(key, taken + 1);
    else await this.#handedOver(key, signal);
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
