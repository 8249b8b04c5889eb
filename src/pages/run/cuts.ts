import type { Request, Response } from 'express';
import type { Clock } from '../../core/clock.js';
import type { Cut } from '../../core/host-limit.js';
import { LruCache } from '../../core/lru-cache.js';
import { onceClosed } from '../../http/once-closed.js';
import { wholeNumber } from '../../http/query.js';

/** What a browser that came back for its step got instead of our page. */
interface Report {
  /** The status of the page that the host sent instead; 0 when the connection ended without one. */
  readonly status: number;
  /** From the request to the cut. */
  readonly afterMs: number;
}

/** A run's requests, as this process saw them. */
interface Requests {
  open: number;
  asked: number;
  lastAskedAt: number;
  /** The last one, when its connection closed before its answer was sent. */
  closed: (Cut & { readonly at: number }) | null;
}

/** A browser that comes back for its step later than this does not come back because of the cut. */
const BACK_WITHIN_MS = 60_000;
/** How long a request may be on its way to us, which the browser counts as well. */
const ON_THE_WAY_MS = 1000;
/** What a host takes at most to say that no server is there. */
const REFUSED_MS = 1000;
const MOST_RUNS = 1000;

/**
 * Finds the requests for steps that the host cut. A cut counts when a browser comes back for the same step of the same
 * run. The browser may say what it saw (our scripts do, by `cut` and `after`); if not, the cut came when the connection
 * closed here. These say nothing of the host: a closed tab, which does not come back, or only by a reload, as impatient
 * visitors do; a visitor who pauses or looks at the run, which asks for something else first; and a connection that
 * closes while another tab asks for the run.
 */
export class RunCuts {
  readonly #clock: Clock;
  readonly #runs = new LruCache<Requests>(MOST_RUNS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What this request tells of one before; later, whether its own answer was cut. */
  watch(req: Request, res: Response, runId: string, seq: number | null): Cut | null {
    const report = reportOf(req);
    const { cut, close } = this.begin(runId, seq, report === undefined && isReload(req) ? null : report);
    onceClosed(res, () => close(res.writableFinished));
    return cut;
  }

  /**
   * A request of the run begins. `seq` is null when it asks for no step; `report` is undefined when its browser says
   * nothing, and null when what it says names no host to blame. `close` is for when its connection ends.
   */
  begin(runId: string, seq: number | null, report?: Report | null) {
    const startedAt = this.#clock.monotonic();
    const before = this.#runs.get(runId);
    const cut = seq === null ? null : cutBefore(before, seq, startedAt, report);
    const requests = before ?? { open: 0, asked: 0, lastAskedAt: 0, closed: null };
    const mine = requests.asked + 1;
    Object.assign(requests, { open: requests.open + 1, asked: mine, lastAskedAt: startedAt, closed: null });
    this.#runs.set(runId, requests);
    const close = (answered: boolean) => {
      requests.open -= 1;
      if (answered || seq === null || requests.open > 0 || requests.asked > mine) return;
      const at = this.#clock.monotonic();
      requests.closed = { seq, ms: Math.round(at - startedAt), at };
    };
    return { cut, close };
  }
}

function cutBefore(
  before: Requests | undefined,
  seq: number,
  now: number,
  report: Report | null | undefined,
): Cut | null {
  if (report === undefined) {
    const closed = before?.closed ?? null;
    return closed?.seq === seq && now - closed.at <= BACK_WITHIN_MS ? { seq, ms: closed.ms } : null;
  }
  if (report === null || !isCut(report)) return null;
  // Longer than since the run was last asked for: made up, or from another time.
  if (before !== undefined && report.afterMs > now - before.lastAskedAt + ON_THE_WAY_MS) return null;
  return { seq, ms: report.afterMs };
}

/** How many times the browser came in vain, when the last time it was refused so soon that no server was there; else null. */
export function refusalsOf(req: Request): number | null {
  const report = reportOf(req);
  return report && isCut(report) && report.afterMs < REFUSED_MS ? Number(req.query['try']) : null;
}

/** By the visitor, or by the browser for a tab that is opened again. */
export function isReload(req: Request): boolean {
  return /\b(max-age=0|no-cache)\b/i.test(req.get('Cache-Control') ?? '');
}

/** What hosts answer when their patience ends, or nothing at all. */
function isCut({ status }: Report): boolean {
  return status === 0 || status === 408 || status >= 500;
}

/**
 * `cut` and `after` of the address: the status that the browser got instead of our page (0: the connection broke), and
 * after how many milliseconds. Null when `try` says that the page for such cases asks without having seen one, or when
 * the numbers cannot be; undefined when a browser without it asks.
 */
function reportOf({ query }: Request): Report | null | undefined {
  const names = ['try', 'cut', 'after'] as const;
  const [tries = null, status = null, afterMs = null] = names.map((name) => wholeNumber(query[name], 7));
  if (tries === null) return undefined;
  if (status === null || afterMs === null) return null;
  return status === 0 || (status >= 200 && status <= 599) ? { status, afterMs } : null;
}
