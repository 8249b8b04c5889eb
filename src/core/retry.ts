import { type Failure, failureOf, isStepError, isTobiishiError } from './errors.js';
import { Interruption } from './interruption.js';

/** Attempts a step gets in all, kills included. */
export const MAX_ATTEMPTS = 3;

/** After this a step that could not reach the store is executed again. */
const STORE_UNAVAILABLE_MS = 1000;

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

/**
 * What becomes of a step that threw:
 * - `discard`: its claim is lost, or its run cancelled; nothing may be written
 * - `postpone`: it goes back in line for `waitMs`; an attempt is counted when there is a `failure`
 * - `record`: it is recorded as failed, and the run goes on
 * - `give-up`: it stays as it is, and the run is failed
 */
export type AfterThrow =
  | { readonly action: 'discard' }
  | {
      readonly action: 'postpone';
      readonly waitMs: number | null;
      readonly failure: Failure | null;
      /** Behind every other step of its lane instead of in place. */
      readonly toEnd: boolean;
    }
  | { readonly action: 'record'; readonly failure: Failure }
  | { readonly action: 'give-up'; readonly failure: Failure };

export interface ThrowContext {
  /** The attempt that threw, from 1. */
  readonly attempt: number;
  readonly onFailure: 'stop' | 'continue';
  /** The steps behind it wait for it in any case. */
  readonly keepsPlace: boolean;
  /** Another step has given up already, and the run ends once those at work are recorded. */
  readonly isGivingUp: boolean;
  /** Between 0 and 1; for the jitter. */
  readonly random?: () => number;
}

/** Decides what becomes of a step that threw `thrown`, whatever that is. */
export function afterThrow(thrown: unknown, context: ThrowContext): AfterThrow {
  const { attempt, onFailure, keepsPlace, isGivingUp, random } = context;
  if (thrown instanceof Interruption) {
    return thrown.reason === 'cancelled' ? { action: 'discard' } : uncounted(thrown.waitMs);
  }
  // It is not the step's fault when the store could not answer it.
  if (isTobiishiError(thrown, 'store-unavailable')) return uncounted(STORE_UNAVAILABLE_MS);
  const failure = failureOf(thrown);
  const canHelp = !isStepError(thrown) || thrown.retry;
  if (attempt < MAX_ATTEMPTS && canHelp) {
    // Only where the order does not matter may others go first.
    const toEnd = onFailure === 'continue' && !keepsPlace;
    return { action: 'postpone', waitMs: backoffMs(attempt, random), failure, toEnd };
  }
  if (onFailure === 'continue') return { action: 'record', failure };
  // A run stops at one step. Another has its last attempt again when the run goes on.
  return isGivingUp ? uncounted(null) : { action: 'give-up', failure };
}

function uncounted(waitMs: number | null): AfterThrow {
  return { action: 'postpone', waitMs, failure: null, toEnd: false };
}
