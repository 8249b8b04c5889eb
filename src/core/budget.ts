/** When a slice must stop starting steps, and when a request must be answered whatever happens. */
export interface Budget {
  /** A slice starts no further step once this much has passed, so that the number moves about once a second. */
  readonly paceMs: number;
  /** At that moment the page is sent, whatever the step is doing. */
  readonly answerWithinMs: number;
}

const PACE_MS = 1000;
const LONGEST_ANSWER_MS = 8000;

/**
 * The budget on a host that cuts requests after `hostTimeoutMs`. Of a run that only its visitor's browser keeps
 * (`carried`), a step is safe when its page is there: so no other is started before.
 */
export function budgetFor(hostTimeoutMs: number, carried = false): Budget {
  const answerWithinMs = Math.min(LONGEST_ANSWER_MS, hostTimeoutMs / 2);
  return { paceMs: carried ? 0 : Math.min(PACE_MS, answerWithinMs), answerWithinMs };
}
