import type { Fetcher } from './fetch.js';
import type { Identity } from './identity.js';

/**
 * Fetches as `fetcher` does, and calls `leave` as soon as a page has come that changes nothing of how the next one is asked for:
 * no redirect, and none that sets cookies.
 */
export function leavingEarly(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  identity: Pick<Identity, 'changes'>,
  leave: () => void,
): Pick<Fetcher, 'fetchHop'> {
  return {
    async fetchHop(url, options) {
      const { changes } = identity;
      const result = await fetcher.fetchHop(url, options);
      if (!(result instanceof URL) && identity.changes === changes) leave();
      return result;
    },
  };
}
