import { type Failure, StepError } from '../../index.js';
import { WorkerPool } from '../pool/worker-pool.js';
import { reasonParams } from './failures.js';
import type { Fetcher } from './fetch.js';
import { REFUSALS } from './guard.js';
import type { Politeness } from './politeness.js';
import { forbiddenBy, MOST_ROBOTS_BYTES, parseRobots, type Robots, type Rule } from './robots.js';

const KEPT_MS = 24 * 60 * 60_000;
/** A robots.txt that cannot be had is asked for so often, and only then are pages given up for it. */
const MOST_ASKED = 3;
/** In between, unless the host itself says how long. */
const ASK_AGAIN_MS = 30_000;
/** How long asking so often may take, besides the time in between. */
const ALL_ASKED_MS = 3 * 60_000;
const MOST_READ = 100;
/** Longer files are read by a worker. */
const LONG = 8 * 1024;
const LONGEST_CRAWL_DELAY_MS = 60_000;

/**
 * What is kept of an origin's robots.txt. `rules: null`: there is none, or none that can be had by asking again; `fault`
 * is then what is wrong with what came. Of a long one the rules are `packed` instead.
 */
type Kept = { readonly rules: Robots | null; readonly packed?: string; readonly fault?: string } | Unreachable;
/** `text`: the same as JSON. */
type KeptText = { readonly kept: Exclude<Kept, Unreachable>; readonly text: string };
type Unreachable = Pick<Failure, 'code' | 'params'> & {
  readonly unreachable: string;
  readonly pauseMs: number;
};

export interface PermissionOptions {
  readonly fetcher: Fetcher;
  /** The name by which robots.txt files know this program. */
  readonly productToken: string;
  /** `host:port` entries whose robots.txt the operator has decided not to ask. */
  readonly ignoreRobots: readonly string[];
  readonly askAgainMs?: number;
  /** Where long files are read. Default: one of its own. */
  readonly pool?: Pick<WorkerPool, 'run'>;
}

/** What asking for a robots.txt takes: politeness, and a place to keep the answer. */
export interface Asking {
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  cache(key: string, ttlMs: (text: string) => number, make: () => Promise<string>): Promise<string>;
}

/** Whether robots.txt files let addresses be fetched: RFC 9309. */
export class Permission {
  readonly #ignored: ReadonlySet<string>;
  readonly #pool: Pick<WorkerPool, 'run'>;
  /** Some texts as read, because a long one takes longer to read than to fetch from the store. */
  readonly #parsedTexts = new Map<string, { readonly text: string; readonly kept: Kept }>();

  constructor(private readonly options: PermissionOptions) {
    this.#ignored = new Set(options.ignoreRobots);
    this.#pool = options.pool ?? new WorkerPool();
  }

  /**
   * How far apart the requests to the address's host must be at least, in ms. Throws `robots-disallowed`, which is
   * final, or `robots-unreachable`, which is final when it was asked for often enough: then nobody can say whether the
   * address may be fetched.
   */
  async crawlDelayMs(url: URL, asking: Asking): Promise<number> {
    if (this.#ignored.has(`${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`)) return 0;
    const { kept, text } = await this.#kept(url, asking);
    if (kept.fault !== undefined) asking.politeness.robotsFault?.(url.host, kept.fault);
    if (kept.rules === null) return 0;
    const rule = await this.#forbiddenBy({ rules: kept.rules, packed: kept.packed, text }, url, asking);
    if (rule !== null) {
      asking.politeness.count('robotstxt/forbidden');
      const params = { host: url.host, rule: `Disallow: ${rule.path}`, agent: this.options.productToken };
      const message = `robots.txt of ${url.host} does not let ${params.agent} fetch it: "${params.rule}"`;
      throw new StepError('robots-disallowed', message, { params, retry: false });
    }
    return Math.min(LONGEST_CRAWL_DELAY_MS, (kept.rules.crawlDelaySeconds ?? 0) * 1000);
  }

  /**
   * What each time of asking came to is kept on its own. A step fails for what it was told itself; for what others
   * were told it waits until the next time, and fails only after the last.
   */
  async #kept(url: URL, asking: Asking): Promise<KeptText> {
    for (let time = 1; ; time += 1) {
      let isOwn = false;
      const key = `robots:${this.options.productToken}:${time}:${url.origin}`;
      const text = await asking.cache(key, keptMs(time), async () => {
        // Where a turn is refused, a step waits without an attempt being counted.
        if (time > 1) await asking.politeness.turn(turnOf(url));
        isOwn = true;
        return JSON.stringify(await this.#ask(url, asking));
      });
      const kept = this.#parsed(key, text);
      if (!('unreachable' in kept)) return { kept, text };
      if (isOwn || time === MOST_ASKED) throw unreachable(url, kept, time < MOST_ASKED);
    }
  }

  async #forbiddenBy(
    { rules, packed, text }: { rules: Robots; packed: string | undefined; text: string },
    url: URL,
    { owner, signal }: Asking,
  ): Promise<Rule | null> {
    if (packed === undefined && text.length <= LONG) return forbiddenBy(rules, url);
    const task = { owner, bytes: NO_BYTES, signal };
    return this.#pool.run('forbiddenBy', [text, { pathname: url.pathname, search: url.search }], task);
  }

  async #read(bytes: Uint8Array, { owner, signal }: Asking): Promise<Kept> {
    const { productToken } = this.options;
    if (bytes.length <= LONG) return { rules: parseRobots(bytes, productToken) };
    return this.#pool.run('parseRobots', [bytes, productToken], { owner, bytes, signal });
  }

  #parsed(key: string, text: string): Kept {
    const before = this.#parsedTexts.get(key);
    if (before?.text === text) return before.kept;
    const kept: Kept = JSON.parse(text);
    if (this.#parsedTexts.size >= MOST_READ) this.#parsedTexts.clear();
    this.#parsedTexts.set(key, { text, kept });
    return kept;
  }

  async #ask(url: URL, asking: Asking): Promise<Kept> {
    const { signal, politeness } = asking;
    let isWritten = false;
    try {
      return await politeness.withMemory(async (memory) => {
        const { bytes } = await this.options.fetcher.fetch(`${url.origin}/robots.txt`, {
          signal,
          politeness,
          memory,
          // Its own address needs no permission, nor do those that it was moved to.
          needsPermission: false,
          accept: 'anything',
          maxBytes: MOST_ROBOTS_BYTES,
          keepsStart: true,
          takesCut: true,
          onWritten: () => {
            isWritten = true;
          },
        });
        return await this.#read(bytes, asking);
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StepError)) throw error;
      const { code, message, params } = error.failure;
      if (code === 'page-too-costly') throw error;
      if (UNREADABLE.has(code)) return { rules: null, fault: message };
      if (meansNoRules(error)) return { rules: null };
      const asked = Number(params['retryAfterMs'] ?? 0) || (this.options.askAgainMs ?? ASK_AGAIN_MS);
      const pauseMs = Math.max(asked, politeness.delayMs(url.host));
      await politeness.pause(turnOf(url), pauseMs);
      return { unreachable: message, code, params, pauseMs };
    } finally {
      if (isWritten) politeness.count('robotstxt/request_count');
    }
  }
}

const NO_BYTES = new Uint8Array();

/** Asking for a robots.txt again has turns of its own, besides the host's. */
function turnOf({ origin }: URL): string {
  return `robots.txt of ${origin}`;
}

function keptMs(time: number): (text: string) => number {
  return (text) => {
    const kept: Kept = JSON.parse(text);
    if (!('unreachable' in kept)) return KEPT_MS;
    return time < MOST_ASKED ? MOST_ASKED * kept.pauseMs + ALL_ASKED_MS : kept.pauseMs;
  };
}

function unreachable({ host }: URL, { unreachable: reason, code, params }: Unreachable, retry: boolean): StepError {
  // Nobody looks for a robots.txt of a host that has no address.
  if (code === 'host-not-found') return new StepError(code, reason, { params, retry });
  const message = `not fetched, because robots.txt of ${host} cannot be had: ${reason}`;
  return new StepError('robots-unreachable', message, {
    params: { ...reasonParams({ code, message: reason, params }), host },
    retry,
  });
}

/** It came, but nobody can read it: then it forbids nothing, like one that is full of nonsense. */
const UNREADABLE = new Set(['bad-compression', 'unknown-coding']);

/** RFC 9309, 2.3.1: what is not there forbids nothing; what may be there but cannot be had forbids everything. */
function meansNoRules(error: StepError): boolean {
  const { code, params } = error.failure;
  if (REFUSALS.has(code)) throw error;
  if (code === 'redirect-loop' || code === 'too-many-redirects' || code === 'bad-address') return true;
  const status = Number(params['status'] ?? 0);
  // A host that asks for a pause has not said what may be fetched.
  return status >= 200 && status < 500 && status !== 429;
}
