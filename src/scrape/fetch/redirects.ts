import { StepError } from '../../index.js';

/** As browsers. */
const MOST_REDIRECTS = 20;

/** The addresses that one page was looked for at: redirects of HTTP and those that pages ask for alike. */
export class RedirectChain {
  readonly #addresses: string[];
  /** Those that would answer the same again. */
  #asked: string[];

  constructor(addresses: readonly string[] = []) {
    this.#addresses = [...addresses];
    this.#asked = [...addresses];
  }

  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /**
   * Throws `redirect-loop` or `too-many-redirects` instead of going on without end. Where the answer `setCookies`, the
   * same addresses may answer otherwise now.
   */
  add(from: string, to: string, { setCookies = false } = {}): void {
    this.#addresses.push(from);
    if (setCookies) this.#asked = [];
    else this.#asked.push(from);
    if (this.#asked.includes(to)) {
      const options = { params: { url: to }, retry: false };
      throw new StepError('redirect-loop', `redirected in a circle, back to ${to}`, options);
    }
    if (this.#addresses.length > MOST_REDIRECTS) {
      const options = { params: { max: MOST_REDIRECTS }, retry: false };
      throw new StepError('too-many-redirects', `redirected more than ${MOST_REDIRECTS} times`, options);
    }
  }
}
