import { StepError } from '../core/errors.js';
import type { Fetcher } from './fetch.js';
import type { Manners } from './manners.js';
import { forbiddenBy, MOST_ROBOTS_BYTES, parseRobots, type Robots } from './robots.js';

const KEPT_MS = 24 * 60 * 60_000;
/** A robots.txt that could not be had is asked for again after this long. */
const UNREACHABLE_MS = 30_000;
const MOST_READ = 100;
const LONGEST_CRAWL_DELAY_MS = 60_000;

/** What is kept of an origin's robots.txt. `rules: null`: there is none, or none that can be had by asking again. */
type Kept = { readonly rules: Robots | null } | { readonly unreachable: string; readonly isParked?: boolean };

export interface PermissionOptions {
  readonly fetcher: Fetcher;
  /** The name by which robots.txt files know this program. */
  readonly productToken: string;
  /** `host:port` entries whose robots.txt the operator has decided not to ask. */
  readonly ignoreRobots: readonly string[];
}

/** What asking for a robots.txt takes: manners, and a place to keep the answer. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly manners: Manners;
  shared(key: string, ttlMs: (text: string) => number, make: () => Promise<string>): Promise<string>;
}

/** Whether robots.txt files let addresses be fetched: RFC 9309. */
export class Permission {
  readonly #ignored: ReadonlySet<string>;
  /** The newest texts as read, because a long one takes longer to read than to fetch from the store. */
  readonly #read = new Map<string, { readonly text: string; readonly kept: Kept }>();

  constructor(private readonly options: PermissionOptions) {
    this.#ignored = new Set(options.ignoreRobots);
  }

  /**
   * How far apart the requests to the address's host must be at least, in ms. Throws `robots-disallowed`, which is
   * final, or `robots-unreachable`: then nobody can say whether the address may be fetched.
   */
  async crawlDelayMs(url: URL, asking: Asking): Promise<number> {
    if (this.#ignored.has(`${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`)) return 0;
    const kept = await this.#kept(url, asking);
    if ('unreachable' in kept) {
      const params = { host: url.host, reason: kept.unreachable };
      const message = `not fetched, because robots.txt of ${url.host} cannot be had: ${kept.unreachable}`;
      throw new StepError('robots-unreachable', message, { params });
    }
    if (kept.rules === null) return 0;
    const rule = forbiddenBy(kept.rules, url);
    if (rule !== null) {
      asking.manners.count('robotstxt/forbidden');
      const params = { host: url.host, rule: `Disallow: ${rule.path}`, agent: this.options.productToken };
      const message = `robots.txt of ${url.host} does not let ${params.agent} fetch it: "${params.rule}"`;
      throw new StepError('robots-disallowed', message, { params, retry: false });
    }
    return Math.min(LONGEST_CRAWL_DELAY_MS, (kept.rules.crawlDelaySeconds ?? 0) * 1000);
  }

  async #kept(url: URL, asking: Asking): Promise<Kept> {
    const text = await asking.shared(`robots:${this.options.productToken}:${url.origin}`, keptMs, async () =>
      JSON.stringify(await this.#ask(url, asking)),
    );
    return this.#parsed(url.origin, text);
  }

  #parsed(origin: string, text: string): Kept {
    const before = this.#read.get(origin);
    if (before?.text === text) return before.kept;
    const kept: Kept = JSON.parse(text);
    this.#read.delete(origin);
    this.#read.set(origin, { text, kept });
    const [oldest] = this.#read.keys();
    if (this.#read.size > MOST_READ && oldest !== undefined) this.#read.delete(oldest);
    return kept;
  }

  async #ask({ origin }: URL, { signal, manners }: Asking): Promise<Kept> {
    try {
      manners.count('robotstxt/request_count');
      const { bytes } = await this.options.fetcher.fetch(`${origin}/robots.txt`, {
        signal,
        manners,
        // Its own address needs no permission, nor do those that it was moved to.
        needsPermission: false,
        accept: 'anything',
        maxBytes: MOST_ROBOTS_BYTES,
        cut: true,
      });
      return { rules: parseRobots(bytes, this.options.productToken) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StepError)) throw error;
      return afterFailure(error);
    }
  }
}

/**
 * Where the host said how long it wants to be left alone, nobody's turn comes before that: a verdict kept longer would
 * only be in the way of asking again.
 */
function keptMs(text: string): number {
  const kept: Kept = JSON.parse(text);
  if (!('unreachable' in kept)) return KEPT_MS;
  return kept.isParked ? 0 : UNREACHABLE_MS;
}

/** RFC 9309, 2.3.1: what is not there forbids nothing; what may be there but cannot be had forbids everything. */
function afterFailure(error: StepError): Kept {
  const { code, params, message } = error.failure;
  if (code === 'address-refused') throw error;
  if (code === 'redirect-loop' || code === 'too-many-redirects' || code === 'bad-address') return { rules: null };
  const status = Number(params['status'] ?? 0);
  // A host that asks for a pause has not said what may be fetched.
  if (status >= 300 && status < 500 && status !== 429) return { rules: null };
  return { unreachable: message, isParked: 'retryAfterMs' in params };
}
