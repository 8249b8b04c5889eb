/** A request that ended without our answer: the step it was for, and after how long. */
export interface Cut {
  readonly seq: number;
  readonly ms: number;
}

/** What one visitor's requests showed of the host in front. A part of the session, so never more than a few numbers. */
export interface HostSeen {
  /** After how long the host seems to cut requests; null until two cuts agree. */
  readonly limitMs: number | null;
  /** When a cut last bore the limit out, in ms since 1970. */
  readonly seenAt: number;
  /** The newest, oldest first: the step's seq, after how many ms, and when (ms since 1970). */
  readonly cuts: readonly (readonly [seq: number, ms: number, at: number])[];
}

/** No answer is asked to come sooner than this, whatever is claimed. */
const FLOOR_ANSWER_MS = 1000;
/** Shorter is a host that refuses, longer is no host. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 600_000;
/** Two cuts agree when they differ by no more than this part of the longer, or by `AGREE_MS`. */
const AGREE_PART = 0.1;
const AGREE_MS = 250;
/** What is not seen again for this long is forgotten: it was a bad hour, or a visitor who made it up. */
const REMEMBER_MS = 60 * 60_000;
const MOST_CUTS = 3;

/** What still holds at `now`; null when nothing does. */
export function stillSeen(seen: HostSeen | null, now: number): HostSeen | null {
  if (seen === null) return null;
  // Also what a clock that was ahead has noted is forgotten.
  const holds = (at: number) => Math.abs(now - at) <= REMEMBER_MS;
  const limitMs = holds(seen.seenAt) ? seen.limitMs : null;
  const cuts = seen.cuts.filter(([, , at]) => holds(at));
  return limitMs === null && cuts.length === 0 ? null : { limitMs, seenAt: seen.seenAt, cuts };
}

/**
 * What is known after one more cut. The limit is believed when two cuts agree: deploys and crashes cut at any time. It
 * only ever falls; a longer cut neither raises it nor bears it out.
 */
export function withCut(before: HostSeen | null, cut: Cut, now: number): HostSeen | null {
  const seen = stillSeen(before, now);
  if (!isPlausible(cut)) return seen;
  const { limitMs, seenAt, cuts } = seen ?? { limitMs: null, seenAt: now, cuts: [] };
  // A page reloaded with its report in the address says the same thing again.
  if (cuts.some(([seq, ms]) => seq === cut.seq && ms === cut.ms)) return seen;
  const others = cuts.filter(([, ms]) => agree(ms, cut.ms)).map(([, ms]) => ms);
  const kept = [...cuts, [cut.seq, cut.ms, now] as const].slice(-MOST_CUTS);
  const ms = Math.min(cut.ms, ...others);
  if (others.length === 0 || (limitMs !== null && ms > limitMs && !agree(limitMs, ms))) {
    return { limitMs, seenAt, cuts: kept };
  }
  return { limitMs: Math.min(limitMs ?? ms, ms), seenAt: now, cuts: kept };
}

/**
 * Within how many milliseconds to answer, when `ms` is what the settings say. The request that brings the news of a
 * cut is itself answered in time, believed or not: else its answer, and with it what was learned, could be cut again.
 */
export function answerWithin(ms: number, seen: HostSeen | null, cut: Cut | null): number {
  const limitMs = Math.min(seen?.limitMs ?? Infinity, cut !== null && isPlausible(cut) ? cut.ms : Infinity);
  return Math.min(ms, Math.max(FLOOR_ANSWER_MS, limitMs / 2));
}

function isPlausible({ ms }: Cut): boolean {
  return ms >= SHORTEST_MS && ms <= LONGEST_MS;
}

function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(AGREE_MS, Math.max(a, b) * AGREE_PART);
}
