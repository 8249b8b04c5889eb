import type { Turn } from '../core/store.js';

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

/** Until when the host may not be asked, whoever asks, as far as can be told before somebody does. */
export function nextTurnAt(host: HostRecord, now: number): number {
  // A start in the future means that the clock was set back; waiting for it could take for ever.
  const last = Math.min(host.startedAt, now);
  return Math.max(last + (host.delayUntil > now ? host.delayMs : 0), host.parkedUntil);
}

/** Whose turn it is, for stores to ask and save in one transaction. */
export function decideTurn(host: HostRecord | null, delayMs: number, now: number) {
  const { startedAt = 0, delayUntil = 0, parkedUntil = 0 } = host ?? {};
  const remembered = delayUntil > now ? (host?.delayMs ?? 0) : 0;
  const delay = Math.max(delayMs, remembered);
  const shared = Math.min(delayMs, LONGEST_SHARED_MS);
  // A start in the future means that the clock was set back; waiting for it could take for ever.
  const last = Math.min(startedAt, now);
  const at = Math.max(last + delay, parkedUntil);
  const granted = now >= at;
  const turn: Turn = granted ? { granted } : { granted, waitMs: at - now };
  const save = {
    startedAt: granted ? now : last,
    delayMs: Math.max(shared, remembered),
    delayUntil: shared >= remembered ? now + shared + DELAY_MEMORY_MS : delayUntil,
  };
  return { turn, save };
}
