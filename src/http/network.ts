import { createHmac } from 'node:crypto';
import { ipaddr } from './packages.js';

/** Providers give a customer at least as many bits of an IPv6 address: whoever has one has them all. */
const IPV6_NETWORK_BYTES = 8;
/** Many give a /56 or a /48 for nothing, and no provider more. */
const IPV6_CUSTOMER_BYTES = 6;

/** What limits count as one: an IPv4 address, or the /64 of an IPv6 address. Null for what is no address. */
export function networkOf(address: string | undefined): string | null {
  return begun(address, IPV6_NETWORK_BYTES);
}

/** The widest that one customer of a provider has of addresses, likewise: the /48 of an IPv6 address. */
export function customerOf(address: string | undefined): string | null {
  return begun(address, IPV6_CUSTOMER_BYTES);
}

function begun(address: string | undefined, ipv6Bytes: number): string | null {
  const ip = ipaddr();
  if (address === undefined || !ip.isValid(address)) return null;
  const parsed = ip.process(address);
  if (parsed instanceof ip.IPv4) return parsed.toString();
  const bytes = parsed.toByteArray().fill(0, ipv6Bytes);
  return `${ip.fromByteArray(bytes)}/${8 * ipv6Bytes}`;
}

/** The network as it is kept with a run: nobody who reads the store learns where its visitors live. */
export function networkId(address: string | undefined, secret: string): string | null {
  const network = networkOf(address);
  return network === null ? null : createHmac('sha256', secret).update(network).digest('base64url').slice(0, 16);
}
