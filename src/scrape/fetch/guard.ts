import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { buildConnector } from 'undici';
import { StepError } from '../../index.js';
import { undici } from '../packages.js';

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
  readonly lookup?: Lookup;
}

/**
 * Keeps requests away from addresses that are not public. A name is judged by what it resolves to at the moment of
 * connecting, so that it cannot change between the check and the use.
 */
export class Guard {
  readonly #allowed: ReadonlySet<string>;
  readonly #lookup: Lookup;

  constructor({ allowHosts, lookup = systemLookup }: GuardOptions) {
    this.#allowed = new Set(allowHosts.map(entryKey));
    this.#lookup = lookup;
  }

  /** Throws `address-refused` when the address in the URL itself is enough to say so. */
  check(url: URL): void {
    const hostname = unbracketed(url.hostname);
    if (this.#allows(url) || isIP(hostname) === 0 || isPublicAddress(hostname)) return;
    throw refused(url.host);
  }

  /** An undici connector: what it cannot vouch for fails with `address-refused`. */
  connector(timeoutMs: number): buildConnector.connector {
    // Node gives the first of several addresses 250 ms, too little for the other side of the world.
    const shared = { timeout: timeoutMs, autoSelectFamilyAttemptTimeout: 1000 };
    const build = (isFine: (address: string) => boolean) =>
      undici().buildConnector({ ...shared, lookup: this.#resolve(isFine) });
    // Made when first needed, as undici is loaded only then.
    let free: buildConnector.connector | null = null;
    let guarded: buildConnector.connector | null = null;
    return (target, callback) => {
      if (this.#allows(target)) {
        free ??= build(() => true);
        return free(target, callback);
      }
      const host = target.host ?? target.hostname;
      // Node resolves no literal address, so that the lookup never sees it.
      if (isIP(target.hostname) !== 0 && !isPublicAddress(target.hostname)) return callback(refused(host), null);
      guarded ??= build(isPublicAddress);
      guarded(target, (error, socket) => {
        // Says the port as well, which the lookup does not know.
        if (error) return callback(error instanceof StepError ? refused(host) : error, null);
        if (isPublicAddress(socket.remoteAddress ?? '')) return callback(null, socket);
        socket.destroy();
        callback(refused(host), null);
      });
    };
  }

  #allows({ protocol, hostname, port }: { protocol: string; hostname: string; port: string }): boolean {
    return this.#allowed.has(hostKey(hostname, port || (protocol === 'https:' ? '443' : '80')));
  }

  /** One bad address among several refuses the name: which of them is taken is up to the system. */
  #resolve(isGood: (address: string) => boolean): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        if (!addresses.every(({ address }) => isGood(address))) return callback(refused(hostname), []);
        const [first] = addresses;
        if (options.all || !first) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
  }
}

/** Does not say which address it was: names inside the operator's network are not the visitor's business. */
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
