import type { Clock } from '../core/clock.js';

/** What a browser that came back for the same step saw instead of our answer. */
export interface CutReport {
  /** The status of the page that the host sent instead; 0 when the connection ended without one. */
  readonly status: number;
  /** From the request to the cut. */
  readonly afterMs: number;
}

interface Cut {
  readonly runId: string;
  readonly seq: number;
  readonly ms: number;
  readonly at: number;
}

/** No answer is asked to come sooner than this, whatever is claimed. */
const FLOOR_ANSWER_MS = 1000;
/** Shorter is a host that refuses, longer is no host. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 600_000;
/** Two cuts agree when they differ by no more than this part of the longer, or by `AGREE_MS`. */
const AGREE_PART = 0.1;
const AGREE_MS = 250;
/** Whoever comes back later for the step than this did not come back because of the cut. */
const BACK_WITHIN_MS = 60_000;
/** A limit not seen again for this long is forgotten: it was a bad hour, or a visitor who made it up. */
const REMEMBER_MS = 60 * 60_000;
const MOST = 200;

/**
 * The limit of the host in front, as its cuts show it: one for all runs of the process, because it is the host's.
 *
 * A cut counts when a browser comes back for the same step of the same run. It says itself what it saw (the service
 * worker does, by `cut` and `after`), or else it counts as long as the connection had lasted here when it closed. A
 * closed tab never comes back for its step, and whoever pauses, reloads or looks at the run in between asks for
 * something else first. The limit is believed when two cuts agree; deploys and crashes cut at any time.
 *
 * A visitor can make two cuts up. All that it brings is answers that come sooner than need be, for an hour, and never
 * sooner than a second.
 */
export class HostLimit {
  readonly #clock: Clock;
  /** By run: its last request that was closed unanswered. */
  readonly #closed = new Map<string, Cut>();
  #cuts: Cut[] = [];
  #limitMs: number | null = null;
  #seenAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds after which the host seems to cut requests; null while nothing says so. */
  get ms(): number | null {
    if (this.#limitMs !== null && this.#clock.monotonic() - this.#seenAt > REMEMBER_MS) this.#limitMs = null;
    return this.#limitMs;
  }

  /** Within how many milliseconds to answer on this host, when `ms` is what the settings say. */
  answerWithin(ms: number): number {
    const limit = this.ms;
    return limit === null ? ms : Math.min(ms, Math.max(FLOOR_ANSWER_MS, limit / 2));
  }

  /** The connection of a request for the step after `seq` closed after `ms`, before its answer was sent. */
  closed(runId: string, seq: number, ms: number): void {
    this.#closed.delete(runId);
    this.#closed.set(runId, { runId, seq, ms, at: this.#clock.monotonic() });
    if (this.#closed.size > MOST) for (const oldest of this.#closed.keys()) return void this.#closed.delete(oldest);
  }

  /**
   * A request of the run begins. `seq` is null when it asks for no step; `report` is undefined when its browser says
   * nothing, and null when it says that no host was to blame.
   */
  asked(runId: string, seq: number | null, report?: CutReport | null): void {
    const closed = this.#closed.get(runId);
    this.#closed.delete(runId);
    if (seq === null) return;
    const at = this.#clock.monotonic();
    if (report) {
      if (isCut(report)) this.#note({ runId, seq, ms: report.afterMs, at });
    } else if (report === undefined && closed?.seq === seq && at - closed.at <= BACK_WITHIN_MS) {
      this.#note({ ...closed, at });
    }
  }

  #note(cut: Cut): void {
    if (!(cut.ms >= SHORTEST_MS && cut.ms <= LONGEST_MS)) return;
    this.#cuts = this.#cuts.filter(({ at }) => cut.at - at <= REMEMBER_MS).slice(-MOST);
    // A page reloaded with its report in the address says the same thing again.
    if (this.#cuts.some(({ runId, seq, ms }) => runId === cut.runId && seq === cut.seq && ms === cut.ms)) return;
    const other = this.#cuts.find(({ ms }) => agree(ms, cut.ms));
    this.#cuts.push(cut);
    if (other === undefined) return;
    const ms = Math.min(other.ms, cut.ms);
    const limit = this.ms;
    // A longer cut neither raises what is known nor confirms it.
    if (limit !== null && ms > limit && !agree(limit, ms)) return;
    this.#limitMs = Math.min(limit ?? ms, ms);
    this.#seenAt = cut.at;
  }
}

/** What hosts answer when their patience ends, or nothing at all. */
function isCut({ status }: CutReport): boolean {
  return status === 0 || status === 408 || status >= 500;
}

function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(AGREE_MS, Math.max(a, b) * AGREE_PART);
}
