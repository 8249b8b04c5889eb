import type { Identity } from '../fetch/identity.js';
import { RedirectChain } from '../fetch/redirects.js';

/** A run makes a step of each redirect; where there is no run they are followed at once. */
export async function throughRedirects<T>(
  start: string,
  identity: Identity,
  load: (address: string) => Promise<T | URL>,
): Promise<T> {
  const chain = new RedirectChain();
  for (let address = start; ; ) {
    const { changes } = identity;
    const result = await load(address);
    if (!(result instanceof URL)) return result;
    chain.add(address, result.href, { setCookies: identity.changes > changes });
    address = result.href;
  }
}
