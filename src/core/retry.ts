/** Attempts a step gets in all, kills included. */
export const MAX_ATTEMPTS = 3;

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/**
 * Milliseconds to wait after the failed attempt number `attempt` (from 1): doubling from one second, at most a minute,
 * of which the upper half is random so that many failing steps do not return at the same moment.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
