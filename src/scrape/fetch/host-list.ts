import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Hosts by their names, each with all names below it, and by their addresses: `example.org`, `192.0.2.7`,
 * `2001:db8::/32`. Throws a `TypeError` for an entry that is neither.
 */
export class HostList {
  readonly #names: readonly string[];
  readonly #networks: readonly Network[];

  constructor(entries: readonly string[]) {
    const [names, networks]: [string[], Network[]] = [[], []];
    for (const entry of entries) {
      const network = networkOf(entry);
      if (network === null) names.push(nameOf(entry));
      else networks.push(network);
    }
    this.#names = names;
    this.#networks = networks;
  }

  get isEmpty(): boolean {
    return this.#names.length === 0 && this.#networks.length === 0;
  }

  get hasNetworks(): boolean {
    return this.#networks.length > 0;
  }

  /** `name`: as the URL standard writes it. */
  hasName(name: string): boolean {
    const host = name.replace(/\.$/, '');
    return this.#names.some((listed) => host === listed || host.endsWith(`.${listed}`));
  }

  /** `address`: an IP address as the system writes it. */
  hasAddress(address: string): boolean {
    if (isIP(address) === 0) return false;
    const parsed = ipaddr.process(address);
    return this.#networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  }
}

/** Null for what is a name. */
function networkOf(entry: string): Network | null {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (isIP(entry) === 0) return null;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function nameOf(entry: string): string {
  const { hostname, href } = new URL(`http://${entry}/`);
  if (href !== `http://${hostname}/` || isIP(hostname) !== 0)
    throw new TypeError(`neither a host nor a network: ${entry}`);
  return hostname.replace(/\.$/, '');
}
