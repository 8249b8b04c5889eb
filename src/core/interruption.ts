/**
 * Why an attempt ended without a fault of its step:
 * - `cancelled`: the run was cancelled or its claim lost, so that whatever the step does is thrown away
 * - `stopping`: the server stops before the step could finish
 * - `not-now`: the step asked for a pause, or what it wants to ask may not be asked yet
 */
export type InterruptionReason = 'cancelled' | 'stopping' | 'not-now';

/** What a step at work is aborted with, or aborts itself with. The attempt is not counted. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    readonly reason: InterruptionReason,
    /** Until the step may be executed again, in milliseconds; null for at once. */
    readonly waitMs: number | null = null,
  ) {
    super(waitMs === null ? reason : `${reason}: not within the next ${waitMs} ms`);
  }
}
