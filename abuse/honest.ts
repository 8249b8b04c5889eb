import { setTimeout as sleep } from 'node:timers/promises';
import { Visitor } from '../test/fixtures/visitor.js';

/** Nobody honest starts ten runs a second, and the rates would not let them. */
const REST_MS = 150;
const QUIET_ROUNDS = 10;

/** What somebody honest waited, in ms. */
export interface Waits {
  /** For the home page. */
  readonly pageMs: number;
  /** For a run of one small page from its form to its end. */
  readonly runMs: number;
}

export interface Waited {
  readonly median: Waits;
  readonly longest: Waits;
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

  /** What it takes when nobody disturbs. */
  async quietly(): Promise<Waited> {
    const all: Waits[] = [];
    for (let i = 0; i < QUIET_ROUNDS; i += 1) all.push(await this.#round());
    return summary(all);
  }

  /** Until `over`, and once more after it. */
  async until(over: Promise<unknown>): Promise<Waited> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    over.then(end, end);
    const all: Waits[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = isOver;
      all.push(await this.#round());
      await sleep(REST_MS);
    }
    return summary(all);
  }

  /** Each time somebody new, so that nobody has too many runs. */
  async #round(): Promise<Waits> {
    const visitor = new Visitor(this.target);
    const from = performance.now();
    await (await visitor.get('/')).text();
    const between = performance.now();
    const path = await visitor.start('scrape', { urls: this.page, columns: 'text: p', delay: '0' });
    const { response } = await visitor.drive(path);
    const html = await response.text();
    if (!html.includes('honest')) throw new Error(`the honest page was not read:\n${html}`);
    return { pageMs: between - from, runMs: performance.now() - between };
  }
}

function summary(all: readonly Waits[]): Waited {
  const sorted = (of: keyof Waits) => all.map((each) => each[of]).sort((a, b) => a - b);
  const [pages, runs] = [sorted('pageMs'), sorted('runMs')];
  const at = (part: number): Waits => {
    const place = Math.floor((all.length - 1) * part);
    return { pageMs: pages[place] ?? 0, runMs: runs[place] ?? 0 };
  };
  return { median: at(0.5), longest: at(1), rounds: all.length };
}
