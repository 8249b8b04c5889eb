import ipaddr from 'ipaddr.js';

/**
 * What one machine may answer for, however many names and ports it has: an IPv4 address, or the /64 of an IPv6 address,
 * within which a network gives addresses away freely.
 */
export function addressKey(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
