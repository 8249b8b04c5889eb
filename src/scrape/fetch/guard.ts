import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { buildConnector } from 'undici';
import { HostList, StepError } from '../../index.js';
import { undici } from '../packages.js';
import { addressKey } from './address-key.js';
import { mayAskPort, type PortRange, USUAL_PORTS } from './ports.js';

/** What resolves names: `dns.lookup`, or a test's own. */
export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Azure's platform channel looks like any public address: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const DISGUISED = new Set(['168.63.129.16']);

/** All that is assigned as global unicast: leaves out the IPv4-compatible `::/96`, which ipaddr.js calls unicast. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an IP address, as the system writes it, is one that anybody on the Internet may reach. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  // Unwraps IPv4-mapped IPv6. Its parser takes `::8.8.8.8` for that, too: the URL standard writes hexadecimal only.
  const parsed = ipaddr.process(family === 6 ? hexadecimal(address) : address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? parsed.match(GLOBAL_V6) : !DISGUISED.has(parsed.toString());
}

function hexadecimal(address: string): string {
  const [withoutZone] = address.split('%');
  return unbracketed(new URL(`http://[${withoutZone}]`).hostname);
}

export interface GuardOptions {
  /** `host:port` entries that may be fetched wherever they are. */
  readonly allowHosts: readonly string[];
  /** Default: 80, 443 and those above 1023. */
  readonly allowPorts?: readonly PortRange[];
  /** Names and networks that are never fetched. */
  readonly denyHosts?: readonly string[];
  /** The only names and networks that are fetched. Empty: all of the public Internet. */
  readonly onlyHosts?: readonly string[];
  /** Names of this site itself, without their ports. */
  readonly ownHosts?: readonly string[];
  readonly lookup?: Lookup;
  /** This machine's own addresses; asked at each connection, as they change. */
  readonly ownAddresses?: () => readonly string[];
}

const MOST_KNOWN = 1000;

/** Refusals that no other request of the host can change. */
export const REFUSALS: ReadonlySet<string> = new Set(['address-refused', 'port-refused', 'host-denied']);

/**
 * Keeps requests away from addresses that are not public. A name is judged by what it resolves to at the moment of
 * connecting, so that it cannot change between the check and the use. Whoever asks cannot tell a name of the operator's own
 * network from one that does not exist.
 */
export class Guard {
  readonly #allowed: ReadonlySet<string>;
  readonly #lookup: Lookup;
  readonly #ports: readonly PortRange[];
  readonly #denied: HostList;
  readonly #only: HostList;
  readonly #own: ReadonlySet<string>;
  /** Of hosts asked lately. */
  readonly #addressKeys = new Map<string, string>();
  readonly #ownAddresses: () => readonly string[];

  constructor(options: GuardOptions) {
    this.#allowed = new Set(options.allowHosts.map(entryKey));
    this.#lookup = options.lookup ?? systemLookup;
    this.#ports = options.allowPorts ?? USUAL_PORTS;
    this.#denied = new HostList(options.denyHosts ?? []);
    this.#only = new HostList(options.onlyHosts ?? []);
    this.#own = new Set(options.ownHosts);
    this.#ownAddresses = options.ownAddresses ?? machineAddresses;
  }

  /** Throws what is in `REFUSALS` when the URL itself is enough to say so. */
  check(url: URL): void {
    if (this.allows(url)) return;
    const hostname = unbracketed(url.hostname);
    const isLiteral = isIP(hostname) !== 0;
    const isOwn = isLocalName(hostname) || this.#own.has(hostname.replace(/\.$/, ''));
    if (isOwn || (isLiteral && !this.#isReachable(hostname))) throw refused(url.host);
    if (isLiteral ? !this.#isPermitted(hostname, hostname) : !this.#mayBePermitted(hostname)) throw denied(url.host);
    const port = portOf(url);
    if (!mayAskPort(Number(port), this.#ports)) throw portRefused(url.host, port);
  }

  /** Where a host is (`addressKey`), as it was found when it was last asked. Rejects as connecting would. */
  async addressKeyOf(url: URL): Promise<string> {
    const hostname = unbracketed(url.hostname);
    if (isIP(hostname) !== 0) return addressKey(hostname);
    const known = this.#addressKeys.get(hostname);
    if (known !== undefined) return known;
    const found = await new Promise<string>((resolve, reject) => {
      this.#resolve(true)(hostname, {}, (error, address) => (error ? reject(error) : resolve(String(address))));
    });
    return addressKey(found);
  }

  /** Public, and none of this machine's. */
  #isReachable(address: string): boolean {
    return isPublicAddress(address) && !this.#ownAddresses().some((own) => sameAddress(own, address));
  }

  /** By the operator's lists. */
  #isPermitted(hostname: string, address: string): boolean {
    if (this.#denied.hasName(hostname) || this.#denied.hasAddress(address)) return false;
    return this.#only.isEmpty || this.#only.hasName(hostname) || this.#only.hasAddress(address);
  }

  /** Before its addresses are known. */
  #mayBePermitted(name: string): boolean {
    if (this.#denied.hasName(name)) return false;
    return this.#only.isEmpty || this.#only.hasNetworks || this.#only.hasName(name);
  }

  /** An undici connector: what it cannot vouch for fails, private addresses of names as if there were none. */
  connector(timeoutMs: number): buildConnector.connector {
    // Node gives the first of several addresses 250 ms, too little for the other side of the world.
    const shared = { timeout: timeoutMs, autoSelectFamilyAttemptTimeout: 1000 };
    const build = (judges: boolean) => undici().buildConnector({ ...shared, lookup: this.#resolve(judges) });
    // Made when first needed, as undici is loaded only then.
    let free: buildConnector.connector | null = null;
    let guarded: buildConnector.connector | null = null;
    return (target, callback) => {
      if (this.allows(target)) {
        free ??= build(false);
        return free(target, callback);
      }
      const host = target.host ?? target.hostname;
      // Node resolves no literal address, so that the lookup never sees it.
      if (isIP(target.hostname) !== 0 && !this.#isReachable(target.hostname)) return callback(refused(host), null);
      guarded ??= build(true);
      guarded(target, (error, socket) => {
        if (error) return callback(error, null);
        const fault = this.#faultOf(target.hostname, [socket.remoteAddress ?? '']);
        if (fault === null) {
          if (this.#addressKeys.size >= MOST_KNOWN) this.#addressKeys.clear();
          this.#addressKeys.set(target.hostname, addressKey(socket.remoteAddress ?? ''));
          return callback(null, socket);
        }
        socket.destroy();
        callback(fault, null);
      });
    };
  }

  /** Whether the operator lists the host in ALLOW_HOSTS: then nothing of this holds for it. */
  allows({ protocol, hostname, port }: { protocol: string; hostname: string; port: string }): boolean {
    return this.#allowed.has(hostKey(hostname, portOf({ protocol, port })));
  }

  /** Why a name must not be asked; one bad address among several is enough: which of them is taken is up to the system. */
  #faultOf(hostname: string, addresses: readonly string[]): Error | null {
    if (!addresses.every((address) => this.#isReachable(address))) return notFound(hostname);
    return addresses.every((address) => this.#isPermitted(hostname, address)) ? null : denied(hostname);
  }

  #resolve(judges: boolean): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        const all = addresses.map(({ address }) => address);
        const fault = judges ? this.#faultOf(hostname, all) : null;
        if (fault !== null) return callback(fault, []);
        const [first] = addresses;
        if (options.all || !first) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
  }
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

function sameAddress(a: string, b: string): boolean {
  return a === b || ipaddr.process(a).toString() === ipaddr.process(b).toString();
}

/** Names for this machine by their meaning, wherever they lead (RFC 6761, 6.3). */
function isLocalName(hostname: string): boolean {
  return /(^|\.)localhost\.?$/.test(hostname);
}

function portOf({ protocol, port }: { protocol: string; port: string }): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** As the system says it of a name without addresses. */
function notFound(hostname: string): Error {
  const syscall = 'getaddrinfo';
  return Object.assign(new Error(`${syscall} ENOTFOUND ${hostname}`), { code: 'ENOTFOUND', syscall, hostname });
}

function denied(host: string): StepError {
  return new StepError('host-denied', `this site does not fetch from ${host}`, { params: { host }, retry: false });
}

function portRefused(host: string, port: string): StepError {
  return new StepError('port-refused', `port ${port} is not one of the web, and ALLOW_PORTS does not list it`, {
    params: { host, port },
    retry: false,
  });
}

function refused(host: string): StepError {
  return new StepError('address-refused', `${host} is not on the public Internet, and ALLOW_HOSTS does not list it`, {
    params: { host },
    retry: false,
  });
}

function entryKey(entry: string): string {
  const url = new URL(`http://${entry}`);
  return hostKey(url.hostname, url.port || '80');
}

function hostKey(hostname: string, port: string): string {
  return `${unbracketed(hostname)}:${port}`;
}

function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
