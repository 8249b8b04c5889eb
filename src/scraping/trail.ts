import { StepError } from '../core/errors.js';

/** The addresses that one page was looked for at: redirects of HTTP and those that pages ask for alike. */
export class Trail {
  readonly #seen = new Set<string>();

  constructor(private readonly maxRedirects = 10) {}

  /** In the order they were asked. */
  get addresses(): readonly string[] {
    return [...this.#seen];
  }

  get redirects(): number {
    return Math.max(0, this.#seen.size - 1);
  }

  /** Throws `redirect-loop` or `too-many-redirects` instead of going on without end. */
  add({ href }: URL): void {
    if (this.#seen.has(href)) {
      const options = { params: { url: href }, retry: false };
      throw new StepError('redirect-loop', `redirected in a circle, back to ${href}`, options);
    }
    if (this.#seen.size > this.maxRedirects) {
      const options = { params: { max: this.maxRedirects }, retry: false };
      throw new StepError('too-many-redirects', `redirected more than ${this.maxRedirects} times`, options);
    }
    this.#seen.add(href);
  }
}
