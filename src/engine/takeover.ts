import type { Claim } from '../core/claim.js';
import { acquitStep } from '../core/run-changes.js';
import type { Store } from '../core/store.js';

/**
 * Looks at what was at work when the claim's former holder died. Of several steps nobody knows which one ended the process, so
 * that none has its attempt counted. Answers the positions of all that may have done it: executed one at a time, the next one
 * that ends its process is known.
 */
export async function suspectsOf(claim: Claim, store: Store): Promise<readonly number[]> {
  const abandoned = await store.listAbandoned(claim);
  if (abandoned.length < 2) return [];
  const together = abandoned.filter(({ takenEpoch }) => takenEpoch === claim.epoch - 1);
  if (together.length > 1) for (const { position } of together) await store.change(acquitStep(claim, position));
  return abandoned.map(({ position }) => position);
}
