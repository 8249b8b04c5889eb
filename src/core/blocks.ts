import { isIP } from 'node:net';
import { HostList, parseNetwork } from './host-list.js';

/**
 * What an operator blocks while the server runs:
 * - `host`: a name with all names below it, an address or a network, which is asked no more
 * - `network`: whoever comes from this address or network is let in no more
 * - `starts`: nobody starts anything; its value is empty
 */
export const BLOCK_KINDS = ['host', 'network', 'starts'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

export interface NewBlock {
  readonly kind: BlockKind;
  readonly value: string;
  /** For those whom it concerns, in the operator's words; may be empty. */
  readonly reason: string;
}

export interface Block extends NewBlock {
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** What is blocked, kept for every process of the store. */
export interface BlockStore {
  /** Newest first. */
  list(): Promise<Block[]>;
  /** Replaces one of the same kind and value. */
  put(block: NewBlock): Promise<void>;
  remove(kind: BlockKind, value: string): Promise<void>;
}

/** Within a network, IPv6 addresses are given away freely: a smaller part of one is blocked with all of it. */
const MOST_IPV6_BITS = 64;
const LONGEST_REASON = 500;

/** A block as it is kept, of what an operator typed. Null for what is none of its kind. */
export function blockOf(kind: BlockKind, typed: string, reason: string): NewBlock | null {
  const value = kind === 'starts' ? '' : kept(kind, typed.trim());
  return value === null ? null : { kind, value, reason: reason.trim().slice(0, LONGEST_REASON) };
}

function kept(kind: BlockKind, typed: string): string | null {
  const network = parseNetwork(typed.replace(/^\[(.*)\]$/, '$1'));
  if (network !== null) {
    const { address, family } = network;
    const bits = family === 'ipv6' ? Math.min(network.bits, MOST_IPV6_BITS) : network.bits;
    return bits === 32 && family === 'ipv4' ? address : `${address}/${bits}`;
  }
  return kind === 'host' ? hostIn(typed) : null;
}

/** The host's name: of an address that was copied as a whole, too. */
function hostIn(typed: string): string | null {
  try {
    const isAddress = typed.includes('://');
    const { hostname } = new URL(isAddress ? typed : `http://${typed}`);
    const name = hostname.replace(/\.$/, '');
    new HostList([name]);
    // `192.0.2.0/33` is no network, and nobody means its first address by it.
    return !isAddress && typed.includes('/') && isIP(name) !== 0 ? null : name;
  } catch {
    return null;
  }
}

/** The blocks of one moment, to be asked. */
export class BlockList {
  readonly #hosts: HostList;
  readonly #networks: readonly { readonly block: Block; readonly list: HostList }[];
  /** Why nobody may start anything; null when everybody may. */
  readonly starts: Block | null;

  constructor(readonly all: readonly Block[]) {
    const of = (kind: BlockKind) => all.filter((block) => block.kind === kind);
    this.#hosts = new HostList(of('host').map(({ value }) => value));
    this.#networks = of('network').map((block) => ({ block, list: new HostList([block.value]) }));
    this.starts = of('starts')[0] ?? null;
  }

  get hasHosts(): boolean {
    return !this.#hosts.isEmpty;
  }

  /** `host`: a name, an address, or the network of addresses that count as one (`2001:db8::/64`). */
  hasHost(host: string): boolean {
    return this.#hosts.hasName(host) || this.#hosts.hasAddress(host.replace(/\/\d+$/, ''));
  }

  /** The block that keeps out whoever comes from this IP address; null when none does. */
  networkOf(address: string): Block | null {
    return this.#networks.find(({ list }) => list.hasAddress(address))?.block ?? null;
  }
}

/**
 * What a key of turns stands for (`StepContext.turn`), as a host: its last word, without port. A key that names no host is its
 * own.
 */
export function hostOfKey(key: string): string {
  const word = key.slice(key.lastIndexOf(' ') + 1);
  if (parseNetwork(word) !== null) return word;
  try {
    const { hostname } = new URL(word.includes('://') ? word : `http://${word}`);
    return hostname.replace(/^\[(.*)\]$/, '$1');
  } catch {
    return key;
  }
}
