import type { Turn } from './store.js';

/** What is kept of a host; times in ms since 1970. */
export interface HostRecord {
  readonly startedAt: number;
  /** The longest delay asked for lately, which holds for all who share the host until `delayUntil`. */
  readonly delayMs: number;
  readonly delayUntil: number;
  readonly parkedUntil: number;
}

/** How long a host remembers the longest delay asked of it, beyond that delay itself. */
const DELAY_MEMORY_MS = 10_000;
/** Nobody's delay holds others up for longer: a run that asks for an hour has itself to wait, not everybody else. */
const LONGEST_SHARED_MS = 60_000;

/** Until when the host may not be asked with this delay; without one, by whoever asks next. */
export function nextTurnAt(host: HostRecord, now: number, delayMs = 0): number {
  return Math.max(lastStart(host, now) + Math.max(delayMs, rememberedMs(host, now)), host.parkedUntil);
}

/** A start in the future means that the clock was set back; waiting for it could take for ever. */
function lastStart({ startedAt }: HostRecord, now: number): number {
  return Math.min(startedAt, now);
}

/** What others who asked lately want. */
function rememberedMs({ delayMs, delayUntil }: HostRecord, now: number): number {
  return delayUntil > now ? delayMs : 0;
}

/** Whose turn it is, for stores to ask and save in one transaction. */
export function decideTurn(host: HostRecord, delayMs: number, now: number) {
  const remembered = rememberedMs(host, now);
  const shared = Math.min(delayMs, LONGEST_SHARED_MS);
  const at = nextTurnAt(host, now, delayMs);
  const granted = now >= at;
  const turn: Turn = granted ? { granted } : { granted, waitMs: at - now };
  const save = {
    startedAt: granted ? now : lastStart(host, now),
    delayMs: Math.max(shared, remembered),
    delayUntil: shared >= remembered ? now + shared + DELAY_MEMORY_MS : host.delayUntil,
  };
  return { turn, save };
}
