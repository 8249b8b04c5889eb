import type { StepContext } from '../../index.js';
import type { Politeness } from './politeness.js';
import type { Permission } from './robots-permission.js';

/**
 * Stores keep times in whole milliseconds, and a start is noted anew only when it was over a millisecond late: without
 * this much more the host could see a gap shorter than it was promised.
 */
const MARGIN_MS = 2;

/** Between two requests to one address, whichever of its hosts they are for: many sites of strangers may share it. */
const ADDRESS_DELAY_MS = 500;

/** What a step's requests keep to: the visitor's delay, robots.txt, and the turns that all runs share. */
export class PoliteRequests implements Politeness {
  /** What is wrong with the robots.txt of hosts asked so far, by host. */
  readonly robotsFaults = new Map<string, string>();
  readonly #crawlDelays = new Map<string, number>();
  #retried: boolean;

  constructor(
    private readonly context: Pick<
      StepContext,
      'owner' | 'signal' | 'clock' | 'attempt' | 'turn' | 'started' | 'pause' | 'cache' | 'withMemory' | 'count'
    >,
    private readonly delaySeconds: number,
    private readonly permission: Pick<Permission, 'crawlDelayMs'>,
  ) {
    this.#retried = context.attempt === 1;
  }

  /** Of all hosts asked so far, where it is longer than the visitor's; null when it is nowhere. */
  get raisedDelaySeconds(): number | null {
    const longest = Math.max(0, ...this.#crawlDelays.values()) / 1000;
    return longest > this.delaySeconds ? longest : null;
  }

  /** Each host asked so far whose robots.txt asks for a longer delay than the visitor, with that in seconds. */
  get raisedDelays(): [host: string, seconds: number][] {
    const raised = [...this.#crawlDelays].map(([host, ms]): [string, number] => [host, ms / 1000]);
    return raised.filter(([, seconds]) => seconds > this.delaySeconds);
  }

  async admit(url: URL): Promise<void> {
    const { owner, signal, cache } = this.context;
    const asking = { owner, signal, politeness: this, cache };
    this.#crawlDelays.set(url.host, await this.permission.crawlDelayMs(url, asking));
  }

  get clock() {
    return this.context.clock;
  }

  get withMemory() {
    return this.context.withMemory;
  }

  turn(host: string): Promise<void> {
    const delayMs = this.delayMs(host);
    return this.context.turn(host, delayMs === 0 ? 0 : delayMs + MARGIN_MS);
  }

  addressTurn(address: string, host: string): Promise<void> {
    return this.context.turn(`address ${address}`, Math.min(this.delayMs(host), ADDRESS_DELAY_MS));
  }

  delayMs(host: string): number {
    return Math.max(this.delaySeconds * 1000, this.#crawlDelays.get(host) ?? 0);
  }

  async started(host: string): Promise<void> {
    if (!this.#retried) this.count('retry/count');
    this.#retried = true;
    await this.context.started(host);
  }

  pause(host: string, forMs: number): Promise<void> {
    return this.context.pause(host, forMs);
  }

  robotsFault(host: string, reason: string): void {
    this.robotsFaults.set(host, reason);
  }

  count(name: string, by = 1): void {
    this.context.count(name, by);
  }
}
