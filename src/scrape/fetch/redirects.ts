import { StepError } from '../../index.js';

const MOST_REDIRECTS = 10;

/** The addresses that one page was looked for at: redirects of HTTP and those that pages ask for alike. */
export class RedirectChain {
  readonly #addresses: string[];

  constructor(addresses: readonly string[] = []) {
    this.#addresses = [...addresses];
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Throws `redirect-loop` or `too-many-redirects` instead of going on without end. */
  add(from: string, to: string): void {
    this.#addresses.push(from);
    if (this.#addresses.includes(to)) {
      const options = { params: { url: to }, retry: false };
      throw new StepError('redirect-loop', `redirected in a circle, back to ${to}`, options);
    }
    if (this.#addresses.length > MOST_REDIRECTS) {
      const options = { params: { max: MOST_REDIRECTS }, retry: false };
      throw new StepError('too-many-redirects', `redirected more than ${MOST_REDIRECTS} times`, options);
    }
  }
}
