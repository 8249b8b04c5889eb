import type { CookieJar } from 'tough-cookie';
import type { StepContext } from '../../index.js';
import { toughCookie } from '../packages.js';

/** What cookies need of a step: who the run is, and a place to keep them. */
export type CookieContext = Pick<StepContext, 'runId' | 'cache' | 'keep'>;

/** A run may be paused for so long and still be logged in. */
const KEPT_MS = 30 * 24 * 60 * 60_000;
/** Sites whose jars stay in memory. */
const MOST_OPEN = 1000;
/** As browsers: more than so many of one site are none of a site's business. */
const MOST_OF_SITE = 200;
const LONGEST_COOKIE = 4096;

/** How a text that must not be read by others is kept. Without one it is kept as it is. */
export interface Seal {
  seal(text: string): string;
  /** Null for what was sealed with a key that nobody has any more. */
  open(sealed: string): string | null;
}

/** `version` grows with each change, so that the newer of two copies is known. */
interface OpenJar {
  readonly jar: CookieJar;
  version: number;
  /** As it was last kept, or read. */
  text: string;
}

/** The cookies of all runs of a process: read from where steps keep them, and written back when they change. */
export class CookieJars {
  readonly #open = new Map<string, OpenJar>();

  constructor(private readonly seal: Seal | null = null) {}

  /** For one step. */
  of(context: CookieContext): Cookies {
    return new Cookies(this, context);
  }

  async load(site: string, { runId, cache }: CookieContext): Promise<OpenJar> {
    const key = keyOf(runId, site);
    // A preview has no run: what it is given lasts as long as it does.
    const text = runId === '' ? '' : await cache(key, 0, async () => '');
    const open = this.#open.get(key);
    if (open && (open.text === text || runId === '')) return open;
    const read = this.#read(text);
    // Another step of this process may have changed it, and be still writing.
    if (open && open.version >= read.version) return open;
    if (this.#open.size >= MOST_OPEN) this.#open.clear();
    if (runId !== '') this.#open.set(key, read);
    return read;
  }

  async save(site: string, open: OpenJar, { runId, keep }: CookieContext): Promise<void> {
    open.version += 1;
    if (runId === '') return;
    const plain = JSON.stringify({ version: open.version, jar: open.jar.toJSON() });
    const text = this.seal?.seal(plain) ?? plain;
    await keep(keyOf(runId, site), text, KEPT_MS);
    open.text = text;
  }

  #read(text: string): OpenJar {
    const { CookieJar: Jar } = toughCookie();
    const plain = text === '' || this.seal === null ? text : this.seal.open(text);
    if (plain === '' || plain === null) return { jar: new Jar(undefined, JAR), version: 0, text };
    const { version, jar } = JSON.parse(plain);
    return { jar: Jar.deserializeSync(jar), version, text };
  }
}

/** As browsers: a value without a name is a cookie, and this machine is a host like any other. */
const JAR = { looseMode: true, allowSpecialUseDomain: true, prefixSecurity: 'silent' } as const;

function keyOf(runId: string, site: string): string {
  return `cookies:${runId}:${site}`;
}

/** The cookies that one step sends and gets. */
export class Cookies {
  /** How often some have changed. */
  changes = 0;
  /** How often one came that was not there before. */
  added = 0;
  readonly #loaded = new Map<string, OpenJar>();

  constructor(
    private readonly jars: CookieJars,
    private readonly context: CookieContext,
  ) {}

  /** The field `Cookie` for an address; null when there is none. */
  async headerFor(url: URL): Promise<string | null> {
    const { jar } = await this.#of(url);
    return jar.getCookieStringSync(url.href) || null;
  }

  /** What an answer from an address sets. `lines`: its fields `Set-Cookie`. */
  async take(url: URL, lines: readonly string[]): Promise<void> {
    const fit = lines.filter((line) => line.length <= LONGEST_COOKIE).slice(0, MOST_OF_SITE);
    if (fit.length === 0) return;
    const open = await this.#of(url);
    const before = this.#values(open, url);
    for (const line of fit) {
      // One that the site may not set, such as another's, is passed over.
      open.jar.setCookieSync(line, url.href, { ignoreError: true, loose: true });
    }
    const after = this.#values(open, url);
    const changed = [...after].filter(([name, value]) => before.get(name) !== value);
    const gone = [...before.keys()].some((name) => !after.has(name));
    if (changed.length === 0 && !gone) return;
    this.changes += 1;
    if (changed.some(([name]) => !before.has(name))) this.added += 1;
    await this.jars.save(siteOf(url), open, this.context);
  }

  async #of(url: URL): Promise<OpenJar> {
    const site = siteOf(url);
    const loaded = this.#loaded.get(site) ?? (await this.jars.load(site, this.context));
    this.#loaded.set(site, loaded);
    return loaded;
  }

  /** All of a site, with their paths and hosts. */
  #values({ jar }: OpenJar, { href }: URL): Map<string, string> {
    const all = jar.getCookiesSync(href, { allPaths: true });
    return new Map(all.map(({ key, domain, path, value }) => [`${key};${domain};${path}`, value]));
  }
}

/** Hosts that may share cookies are one site: its name is the shortest that may have some. */
export function siteOf({ hostname }: URL): string {
  return toughCookie().getPublicSuffix(hostname, { allowSpecialUseDomain: true, ignoreError: true }) ?? hostname;
}
