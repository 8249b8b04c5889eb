/** `granted`: the start may happen now, and is noted. Otherwise not for another `waitMs`. */
export type Turn = { readonly granted: true } | { readonly granted: false; readonly waitMs: number };

/** What a key still has to wait for. */
export interface TurnWait {
  /** Until the next turn can be granted; 0 when it can be now. */
  readonly waitMs: number;
  /** For how long a pause was asked for; null when none was, or it is over. */
  readonly pausedForMs: number | null;
}

/** What is kept of a key; times in ms since 1970. */
export interface RateLimit {
  readonly startedAt: number;
  /** The longest delay asked for lately, which holds for all who share the key until `delayUntil`. */
  readonly delayMs: number;
  readonly delayUntil: number;
  readonly pausedUntil: number;
}

/** A key for which nobody ever had a turn. */
export const NO_LIMIT: RateLimit = { startedAt: 0, delayMs: 0, delayUntil: 0, pausedUntil: 0 };

/** What nobody has asked for in so long is forgotten: no shared delay and few pauses are longer. */
export const KEPT_LIMIT_MS = 24 * 60 * 60_000;
/** How long a key remembers the longest delay asked of it, beyond that delay itself. */
const DELAY_MEMORY_MS = 10_000;
/** Nobody's delay holds others up for longer: a run that asks for an hour has itself to wait, not everybody else. */
const LONGEST_SHARED_MS = 60_000;

export function turnWait(limit: RateLimit, now: number): TurnWait {
  const paused = limit.pausedUntil > now;
  return {
    waitMs: Math.max(0, nextTurnAt(limit, now, 0) - now),
    pausedForMs: paused ? limit.pausedUntil - now : null,
  };
}

function nextTurnAt(limit: RateLimit, now: number, delayMs: number): number {
  return Math.max(lastStart(limit, now) + Math.max(delayMs, rememberedMs(limit, now)), limit.pausedUntil);
}

/** A start in the future means that the clock was set back; waiting for it could take for ever. */
function lastStart({ startedAt }: RateLimit, now: number): number {
  return Math.min(startedAt, now);
}

/** What others who asked lately want. */
function rememberedMs({ delayMs, delayUntil }: RateLimit, now: number): number {
  return delayUntil > now ? delayMs : 0;
}

/** Whether it is their turn who ask with this delay, and what to keep of the key: a store reads and writes in one transaction. */
export function decideTurn(limit: RateLimit, delayMs: number, now: number): { turn: Turn; limit: RateLimit } {
  const remembered = rememberedMs(limit, now);
  const shared = Math.min(delayMs, LONGEST_SHARED_MS);
  const at = nextTurnAt(limit, now, delayMs);
  const granted = now >= at;
  return {
    turn: granted ? { granted } : { granted, waitMs: at - now },
    limit: {
      ...limit,
      startedAt: granted ? now : lastStart(limit, now),
      delayMs: Math.max(shared, remembered),
      delayUntil: shared >= remembered ? now + shared + DELAY_MEMORY_MS : limit.delayUntil,
    },
  };
}

/** A start that was later than its turn: the delay to the next one counts from here. */
export function startedNow(limit: RateLimit, now: number): RateLimit {
  return { ...limit, startedAt: now };
}

/** Never shortens an earlier pause. */
export function pausedFor(limit: RateLimit, forMs: number, now: number): RateLimit {
  return { ...limit, pausedUntil: Math.max(limit.pausedUntil, now + Math.ceil(forMs)) };
}

/** As much of a client of PostgreSQL as is needed to count what visitors ask of several processes. */
export interface RateClient {
  query(query: RateQuery): Promise<unknown>;
}

export interface RateQuery {
  readonly name: string;
  readonly text: string;
  readonly values: readonly string[];
}
