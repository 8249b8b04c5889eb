import { BlockList, isIP } from 'node:net';

/**
 * Hosts by their names, each with all names below it, and by their addresses: `example.org`, `192.0.2.7`,
 * `2001:db8::/32`. Throws a `TypeError` for an entry that is neither.
 */
export class HostList {
  readonly #names: readonly string[];
  readonly #networks = new BlockList();
  readonly hasNetworks: boolean;

  constructor(entries: readonly string[]) {
    const names: string[] = [];
    for (const entry of entries) {
      const network = parseNetwork(entry);
      if (network === null) names.push(nameOf(entry));
      else this.#networks.addSubnet(network.address, network.bits, network.family);
    }
    this.#names = names;
    this.hasNetworks = names.length < entries.length;
  }

  get isEmpty(): boolean {
    return this.#names.length === 0 && !this.hasNetworks;
  }

  /** `name`: as the URL standard writes it. */
  hasName(name: string): boolean {
    const host = name.replace(/\.$/, '');
    return this.#names.some((listed) => host === listed || host.endsWith(`.${listed}`));
  }

  /** `address`: an IP address as the system writes it. IPv4 addresses within IPv6 count as what they are. */
  hasAddress(address: string): boolean {
    const [withoutZone = ''] = address.split('%');
    const family = isIP(withoutZone);
    return family !== 0 && this.#networks.check(withoutZone, family === 4 ? 'ipv4' : 'ipv6');
  }
}

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** `192.0.2.7` or `2001:db8::/32`; null for what is neither an address nor a network. */
export function parseNetwork(entry: string): Network | null {
  const [, address = '', given] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return null;
  const most = family === 4 ? 32 : 128;
  const bits = given === undefined ? most : Number(given);
  return bits > most ? null : { address, bits, family: family === 4 ? 'ipv4' : 'ipv6' };
}

/** As the URL standard writes it, without a dot at its end. */
function nameOf(entry: string): string {
  const { hostname, href } = new URL(`http://${entry}/`);
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0;
  if (isAddress || href !== `http://${hostname}/`) throw new TypeError(`neither a host nor a network: ${entry}`);
  return hostname.replace(/\.$/, '');
}
