import { setTimeout as sleep } from 'node:timers/promises';
import { Visitor } from '../test/fixtures/visitor.js';

/** Nobody honest starts ten runs a second, and the rates would not let them. */
const REST_MS = 150;
const QUIET_ROUNDS = 10;

/** What somebody honest waited, in ms. */
export interface Waited {
  /** For the home page, at most. */
  readonly pageMs: number;
  /** For a run of one small page from its form to its end, at most. */
  readonly runMs: number;
  /** How often both were done. */
  readonly rounds: number;
}

/** Somebody who looks at pages and scrapes a small one, again and again. */
export class Honest {
  constructor(
    private readonly target: string,
    /** Of a page without anything special. */
    private readonly page: string,
  ) {}

  /** What it takes when nobody disturbs: the median of some rounds. */
  async quietly(): Promise<Waited> {
    const all: Waited[] = [];
    for (let i = 0; i < QUIET_ROUNDS; i += 1) all.push(await this.#round());
    const median = (of: 'pageMs' | 'runMs') => all.map((each) => each[of]).sort((a, b) => a - b)[QUIET_ROUNDS / 2] ?? 0;
    return { pageMs: median('pageMs'), runMs: median('runMs'), rounds: QUIET_ROUNDS };
  }

  /** Until `over`, and once more after it. */
  async until(over: Promise<unknown>): Promise<Waited> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    over.then(end, end);
    let longest: Waited = { pageMs: 0, runMs: 0, rounds: 0 };
    for (let isLast = false; !isLast; ) {
      isLast = isOver;
      const { pageMs, runMs } = await this.#round();
      const { rounds } = longest;
      longest = {
        pageMs: Math.max(longest.pageMs, pageMs),
        runMs: Math.max(longest.runMs, runMs),
        rounds: rounds + 1,
      };
      await sleep(REST_MS);
    }
    return longest;
  }

  /** Each time somebody new, so that nobody has too many runs. */
  async #round(): Promise<Waited> {
    const visitor = new Visitor(this.target);
    const from = performance.now();
    await (await visitor.get('/')).text();
    const between = performance.now();
    const path = await visitor.start('scrape', { urls: this.page, columns: 'text: p', delay: '0' });
    const { response } = await visitor.drive(path);
    const html = await response.text();
    if (!html.includes('honest')) throw new Error(`the honest page was not read:\n${html}`);
    return { pageMs: between - from, runMs: performance.now() - between, rounds: 1 };
  }
}
