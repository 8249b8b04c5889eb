/**
 * An `AbortController` whose signal is made when somebody asks for it. Each step may be aborted, few are, and a signal takes as
 * long to make as a quick step takes.
 */
export class Aborter {
  #reason: { readonly value: unknown } | null = null;
  #controller: AbortController | null = null;
  #tell: ((reason: unknown) => void) | null = null;

  get aborted(): boolean {
    return this.#reason !== null;
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
    this.#tell?.(reason);
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
