import type { Claim } from '../core/claim.js';
import type { Clock } from '../core/clock.js';
import { renewClaim } from '../core/run-changes.js';
import type { Store } from '../core/store.js';
import type { RunEvents } from './run-events.js';

/** A dead holder's claim is free after this long. */
export const LEASE_MS = 10_000;
const RENEW_EVERY_MS = LEASE_MS / 4;
/** Leases of one process end no further apart than this when it dies, even if it was late to renew some. */
export const DIED_TOGETHER_MS = 2 * RENEW_EVERY_MS;

/**
 * Renews the lease until what it returns is called, which resolves when no renewal is under way any more. Calls `lost`
 * when the claim turns out to be lost.
 */
export function keepLease(
  claim: Claim,
  { store, clock, events }: { readonly store: Store; readonly clock: Clock; readonly events: RunEvents },
  lost: () => void,
): () => Promise<void> | null {
  let over = false;
  let cancel = () => {};
  let renewing: Promise<void> | null = null;
  const later = () => {
    cancel = clock.after(RENEW_EVERY_MS, () => {
      renewing = renew();
    });
  };
  const renew = async () => {
    // A store that cannot be reached for a moment may be back before the lease ends.
    const kept = await store.change(renewClaim(claim, LEASE_MS)).catch((error: unknown) => {
      events.notify('fault', { runId: claim.runId, during: 'renew', error });
      return true;
    });
    if (!kept) lost();
    if (!over) later();
  };
  later();
  return () => {
    over = true;
    cancel();
    return renewing;
  };
}
