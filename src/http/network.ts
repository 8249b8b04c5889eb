import { createHmac } from 'node:crypto';
import { ipaddr } from './packages.js';

/** Providers give a customer at least as many bits of an IPv6 address: whoever has one has them all. */
const IPV6_NETWORK_BYTES = 8;
/** Many give a /56 or a /48 for nothing, and no provider more. */
const IPV6_CUSTOMER_BYTES = 6;

/** With its zone, the longest that is meant. */
const LONGEST_ADDRESS = 64;
/** As IPv4 addresses come, alone or within IPv6: each page asks, and to read one takes microseconds. */
const IPV4 = /^(?:::ffff:)?((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4})$/;

interface Prefixes {
  readonly network: string;
  readonly customer: string;
}

/** What limits count as one: an IPv4 address, or the /64 of an IPv6 address. Null for what is no address. */
export function networkOf(address: string | undefined): string | null {
  return prefixesOf(address)?.network ?? null;
}

/** The widest that one customer of a provider has of addresses, likewise: the /48 of an IPv6 address. */
export function customerOf(address: string | undefined): string | null {
  return prefixesOf(address)?.customer ?? null;
}

/** Both at once. Null for what is no address. */
export function prefixesOf(address = ''): Prefixes | null {
  if (address.length > LONGEST_ADDRESS) return null;
  const ipv4 = IPV4.exec(address)?.[1];
  if (ipv4 !== undefined) return { network: ipv4, customer: ipv4 };
  const ip = ipaddr();
  if (!ip.isValid(address)) return null;
  const parsed = ip.process(address);
  if (parsed instanceof ip.IPv4) return { network: parsed.toString(), customer: parsed.toString() };
  const begun = (bytes: number) => `${ip.fromByteArray(parsed.toByteArray().fill(0, bytes))}/${8 * bytes}`;
  return { network: begun(IPV6_NETWORK_BYTES), customer: begun(IPV6_CUSTOMER_BYTES) };
}

/** The network as it is kept with a run: nobody who reads the store learns where its visitors live. */
export function networkId(address: string | undefined, secret: string): string | null {
  const network = networkOf(address);
  return network === null ? null : createHmac('sha256', secret).update(network).digest('base64url').slice(0, 16);
}
