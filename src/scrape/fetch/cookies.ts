import { isIP } from 'node:net';
import type { CookieJar } from 'tough-cookie';
import type { StepContext } from '../../index.js';
import { toughCookie } from '../packages.js';

/** What cookies need of a step: who the run is, and a place to keep them. */
export type CookieContext = Pick<StepContext, 'runId' | 'cache' | 'keep' | 'seal' | 'unseal'>;

/** A run may be paused for so long and still be logged in. */
const KEPT_MS = 30 * 24 * 60 * 60_000;
/** Sites whose jars stay in memory. */
const MOST_OPEN = 1000;
/** As browsers: more than so many of one site are none of a site's business. */
const MOST_OF_SITE = 200;
/** Name and value. */
const LONGEST_COOKIE = 4096;
/** A longer one is as if it were not there. */
const LONGEST_ATTRIBUTE = 1024;

/** `version` grows with each change, so that the newer of two copies is known. */
interface OpenJar {
  /** Null until there is a cookie: most pages have none. */
  jar: CookieJar | null;
  version: number;
  /** As it was last kept, or read. */
  text: string;
}

/** The cookies of all runs of a process: read from where steps keep them, and written back when they change. */
export class CookieJars {
  readonly #open = new Map<string, OpenJar>();

  /** For one step. */
  of(context: CookieContext): Cookies {
    return new Cookies(this, context);
  }

  async load(site: string, { runId, cache, unseal }: CookieContext): Promise<OpenJar> {
    const key = keyOf(runId, site);
    // A preview has no run: what it is given lasts as long as it does.
    const text = runId === '' ? '' : await cache(key, 0, async () => '');
    const open = this.#open.get(key);
    if (open && (open.text === text || runId === '')) return open;
    const read = readJar(text, unseal);
    // Another step of this process may have changed it, and be still writing.
    if (open && open.version >= read.version) return open;
    if (this.#open.size >= MOST_OPEN) this.#open.clear();
    if (runId !== '') this.#open.set(key, read);
    return read;
  }

  async save(site: string, open: OpenJar, { runId, keep, seal }: CookieContext): Promise<void> {
    open.version += 1;
    if (runId === '') return;
    // Cookies are as good as passwords.
    const text = seal(JSON.stringify({ version: open.version, jar: open.jar?.toJSON() }));
    await keep(keyOf(runId, site), text, KEPT_MS);
    open.text = text;
  }
}

/** As browsers: a value without a name is a cookie, and this machine is a host like any other. */
const JAR = { looseMode: true, allowSpecialUseDomain: true, prefixSecurity: 'silent' } as const;

function readJar(text: string, unseal: CookieContext['unseal']): OpenJar {
  // What was sealed with a key that is gone is as good as nothing.
  const plain = text === '' ? null : unseal(text);
  if (plain === null) return { jar: null, version: 0, text };
  const { version, jar } = JSON.parse(plain);
  return { jar: toughCookie().CookieJar.deserializeSync(jar), version, text };
}

function emptyJar(): CookieJar {
  const { CookieJar: Jar } = toughCookie();
  return new Jar(undefined, JAR);
}

function keyOf(runId: string, site: string): string {
  return `${runId}:cookies:${site}`;
}

/** A cookie that a run begins with. */
export interface Seed {
  /** Of the site that it is for. */
  readonly url: URL;
  readonly name: string;
  readonly value: string;
  /** The host for which it is, and those below. */
  readonly domain: string;
}

/** The cookies that one step sends and gets. */
export class Cookies {
  /** How often some have changed. */
  changes = 0;
  /** How often one came that was not there before. */
  added = 0;
  readonly #loaded = new Map<string, OpenJar>();
  #seeds: readonly Seed[] = [];

  constructor(
    private readonly jars: CookieJars,
    private readonly context: CookieContext,
  ) {}

  /** What the run begins with. Once a site has changed its cookies, they are what is kept of it. */
  seed(seeds: readonly Seed[]): void {
    this.#seeds = seeds;
  }

  /** The field `Cookie` for an address; null when there is none. */
  async headerFor(url: URL): Promise<string | null> {
    const { jar } = await this.#of(url);
    return jar?.getCookieStringSync(asKept(url)) || null;
  }

  /** What an answer from an address sets. `lines`: its fields `Set-Cookie`. */
  async take(url: URL, lines: readonly string[]): Promise<void> {
    const fit = lines
      .map(withinLimits)
      .filter((line) => line !== null)
      .slice(0, MOST_OF_SITE);
    if (fit.length === 0) return;
    const open = await this.#of(url);
    open.jar ??= emptyJar();
    const { jar } = open;
    const before = valuesIn(jar, url);
    const safe = safeIn(jar, url);
    for (const line of fit) {
      // One that the site may not set, such as another's, is passed over.
      if (mayBeSet(line, url, safe)) jar.setCookieSync(line, asKept(url), { ignoreError: true });
    }
    open.jar = newestOf(jar);
    const after = valuesIn(open.jar, url);
    const changed = [...after].filter(([name, value]) => before.get(name) !== value);
    const gone = [...before.keys()].some((name) => !after.has(name));
    if (changed.length === 0 && !gone) return;
    this.changes += 1;
    if (changed.some(([name]) => !before.has(name))) this.added += 1;
    await this.jars.save(siteOf(url), open, this.context);
  }

  async #of(url: URL): Promise<OpenJar> {
    const site = siteOf(url);
    const known = this.#loaded.get(site);
    if (known) return known;
    const loaded = await this.jars.load(site, this.context);
    this.#loaded.set(site, loaded);
    const seeds = loaded.version > 0 ? [] : this.#seeds.filter((seed) => siteOf(seed.url) === site);
    for (const seed of seeds) {
      loaded.jar ??= emptyJar();
      plant(seed, loaded.jar);
    }
    return loaded;
  }
}

/** https://www.rfc-editor.org/rfc/rfc6265bis: without attributes that are too long; null for a cookie that is. */
function withinLimits(line: string): string | null {
  const [pair = '', ...attributes] = line.split(';');
  const equals = Math.max(0, pair.indexOf('='));
  if (pair.slice(0, equals).trim().length + pair.slice(equals).replace('=', '').trim().length > LONGEST_COOKIE)
    return null;
  const isShort = (attribute: string) => attribute.length - attribute.indexOf('=') - 1 <= LONGEST_ATTRIBUTE;
  return [pair, ...attributes.filter(isShort)].join(';');
}

/** This machine is as safe from listeners as https is, for browsers. */
function asKept({ href, hostname, protocol }: URL): string {
  const isLocal = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'http:' && isLocal ? href.replace(/^http:/, 'https:') : href;
}

/** What `tough-cookie` does not know of https://www.rfc-editor.org/rfc/rfc6265bis: prefixes, and secure cookies by http. */
function mayBeSet(line: string, url: URL, safe: ReadonlySet<string>): boolean {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const [name = ''] = pair.split('=');
  const value = (attribute: string) =>
    attributes
      .findLast((each) => each.split('=')[0]?.trim().toLowerCase() === attribute)
      ?.replace(/^[^=]*=?/, '')
      .trim();
  const isSecure = value('secure') !== undefined;
  const [prefix = ''] = /^__(?:host|secure|http|hosthttp)-/i.exec(name.trim()) ?? [];
  if (prefix !== '' && !isSecure) return false;
  if (/http-$/i.test(prefix) && value('httponly') === undefined) return false;
  if (/^__host/i.test(prefix) && (value('path') !== '/' || value('domain'))) return false;
  if (asKept(url).startsWith('https:')) return true;
  // Whoever listens could set one, too, in the place of a secure one.
  return !isSecure && !safe.has(name.trim());
}

/** The names of secure cookies: none is added by http. */
function safeIn(jar: CookieJar, url: URL): ReadonlySet<string> {
  const kept = jar.getCookiesSync(url.href.replace(/^http:/, 'https:'), { allPaths: true });
  return new Set(kept.filter(({ secure }) => secure).map(({ key }) => key));
}

/** As browsers: of what many pages have set, or many hosts of a site, what is oldest goes. */
function newestOf(jar: CookieJar): CookieJar {
  // In the order in which they were made.
  const kept = jar.toJSON();
  if (kept.cookies.length <= MOST_OF_SITE) return jar;
  return toughCookie().CookieJar.deserializeSync({ ...kept, cookies: kept.cookies.slice(-MOST_OF_SITE) });
}

/** All of a site, by name, host and path. */
function valuesIn(jar: CookieJar, { href }: URL): Map<string, string> {
  const all = jar.getCookiesSync(href.replace(/^http:/, 'https:'), { allPaths: true });
  return new Map(all.map(({ key, domain, path, value }) => [`${key};${domain};${path}`, value]));
}

function plant({ url, name, value, domain }: Seed, jar: CookieJar): void {
  const { Cookie } = toughCookie();
  const secure = url.protocol === 'https:';
  // A machine without a name of the web has no domain to share cookies in.
  const isShared = domain.includes('.') && !/^[\d.]+$/.test(domain);
  const cookie = new Cookie({ key: name, value, path: '/', secure, ...(isShared && { domain }) });
  jar.setCookieSync(cookie, isShared ? `${url.protocol}//${domain}/` : url.href, { ignoreError: true });
}

/** As tough-cookie 4.1 has it; its published types know no options. */
type GetPublicSuffix = (
  hostname: string,
  options: { readonly allowSpecialUseDomain: boolean; readonly ignoreError: boolean },
) => string | null | undefined;

/** Hosts that may share cookies are one site: its name is the shortest that may have some. */
export function siteOf({ hostname }: URL): string {
  if (isIP(hostname) !== 0) return hostname;
  const getPublicSuffix: GetPublicSuffix = toughCookie().getPublicSuffix;
  return getPublicSuffix(hostname, { allowSpecialUseDomain: true, ignoreError: true }) ?? hostname;
}
