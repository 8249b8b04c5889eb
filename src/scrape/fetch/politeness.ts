import type { StepContext } from '../../index.js';

/** What a fetch asks before each of its requests and reports after, those of redirects included. */
export interface Politeness {
  /** Throws a `StepError` when the address must not be asked for. */
  admit(url: URL): Promise<void>;
  /** Resolves when the host (`url.host`) may be asked. */
  turn(host: string): Promise<void>;
  /** Resolves when an address that may be that of many hosts (`addressKey`) may be asked for this one. */
  addressTurn(address: string, host: string): Promise<void>;
  /** How long a turn of the host is nobody else's. */
  delayMs(host: string): number;
  /** The request has left, perhaps later than its turn came. */
  started(host: string): Promise<void>;
  /** The host asked to be left alone until then (ms since 1970). */
  pause(host: string, forMs: number): Promise<void>;
  /** The host's robots.txt came but cannot be read, and so forbids nothing. `reason`: a sentence in English. */
  robotsFault?(host: string, reason: string): void;
  /** As a step's own. */
  withMemory: StepContext['withMemory'];
  /** The step's own. */
  readonly clock: Pick<StepContext['clock'], 'sleep'>;
  /** Adds to a figure, under the name that Scrapy gives it. */
  count(name: string, by?: number): void;
}
