import type { Abortable } from '../core/clock.js';

/**
 * An `AbortController` whose signal is made when somebody asks for it. Each step may be aborted, few are, and a signal takes as
 * long to make as a quick step takes.
 */
export class Aborter implements Abortable {
  #reason: { readonly value: unknown } | null = null;
  #controller: AbortController | null = null;
  #tell: ((reason: unknown) => void) | null = null;
  #listeners: Set<() => void> | null = null;

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): unknown {
    return this.#reason?.value;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#reason !== null) this.#controller.abort(this.#reason.value);
    }
    return this.#controller.signal;
  }

  /** The first reason counts. */
  abort(reason: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = { value: reason };
    this.#controller?.abort(reason);
    for (const listener of this.#listeners ?? []) listener();
    this.#tell?.(reason);
  }

  /** Whether `signal` is the one that was made here. */
  hasMade(signal: Abortable): boolean {
    return this.#controller?.signal === signal;
  }

  /** Called once at most, as it is aborted once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  /** What `work` comes to, or throws; rejects with the reason as soon as it is aborted. One at a time. */
  orAborted<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      Promise.resolve(work()).then(resolve, reject);
      if (this.#reason !== null) reject(this.#reason.value);
      this.#tell = reject;
    });
  }

  throwIfAborted(): void {
    if (this.#reason !== null) throw this.#reason.value;
  }
}
