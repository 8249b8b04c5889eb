import { attributesIn, scanXml, type XmlHandler } from './xml-scan.js';

/** What a sitemap or a feed lists, as written there. */
export interface Listed {
  /** Whether it lists sitemaps, and not pages. */
  readonly isIndex: boolean;
  /** The address, and the base that `xml:base` gives it, if any. */
  readonly found: Iterable<{ readonly address: string; readonly base: string | null }>;
}

/** By the root's name; where the addresses are in it. */
const ROOTS: ReadonlyMap<string, 'sitemap' | 'index' | 'rss' | 'atom'> = new Map([
  ['urlset', 'sitemap'],
  ['sitemapindex', 'index'],
  ['rss', 'rss'],
  ['rdf', 'rss'],
  ['feed', 'atom'],
]);

/**
 * Reads a sitemap, an index, or a feed (https://www.sitemaps.org/protocol.html#otherformats): RSS 0.9 to 2.0, Atom.
 * Null when the text is none of them.
 */
export function listedInXml(xml: string): Listed | null {
  const reader = new Reader();
  scanXml(xml, reader);
  if (reader.kind === null) return null;
  return { isIndex: reader.kind === 'index', found: reader.found };
}

interface Open {
  /** Without prefix, in lower case. */
  readonly name: string;
  /** What its prefix stands for. */
  readonly namespace: string;
  readonly base: string | null;
}

class Reader implements XmlHandler {
  kind: 'sitemap' | 'index' | 'rss' | 'atom' | null = null;
  readonly found: { readonly address: string; readonly base: string | null }[] = [];
  /** Of namespaces, by prefix, as last declared. */
  readonly #declared = new Map<string, string>();
  readonly #open: Open[] = [];
  #isOther = false;
  /** What is written in the element that is read, or null. */
  #text: string | null = null;
  /** Of the entry of a feed: its links, the best first. */
  #link: { readonly address: string; readonly base: string | null; readonly worth: number } | null = null;
  #isPermanent = true;

  open(written: string, attributes: string): void {
    if (this.#isOther) return;
    const has = attributes.includes('=') ? attributesIn(attributes) : null;
    for (const [name, value] of has ?? [])
      if (/^xmlns(?::|$)/i.test(name)) this.#declared.set(name.slice(6).toLowerCase(), value);
    const lower = written.toLowerCase();
    const colon = lower.indexOf(':');
    const prefix = colon < 0 ? '' : lower.slice(0, colon);
    const name = lower.slice(colon + 1);
    const namespace = this.#declared.get(prefix) ?? prefix;
    if (this.#open.length === 0) {
      this.kind = ROOTS.get(name) ?? null;
      this.#isOther = this.kind === null;
    }
    const base = has?.get('xml:base') ?? null;
    this.#open.push({ name, namespace, base });
    if (name === 'item' || name === 'entry') this.#link = null;
    if (!this.#isWanted(name, namespace)) return;
    this.#text = '';
    if (name === 'guid') this.#isPermanent = !/^false$/i.test(has?.get('isPermaLink') ?? has?.get('ispermalink') ?? '');
    const href = has?.get('href');
    if (name === 'link' && href !== undefined && /^(?:alternate)?$/i.test(has?.get('rel') ?? '')) this.#offer(href, 2);
  }

  text(text: string): void {
    if (this.#text !== null) this.#text += text;
  }

  close(written: string): void {
    const lower = written.toLowerCase();
    const name = lower.slice(lower.indexOf(':') + 1);
    // An end tag without its start is passed over, and what it leaves open is closed with it.
    let depth = this.#open.length - 1;
    while (depth >= 0 && this.#open[depth]?.name !== name) depth -= 1;
    if (depth < 0) return;
    const text = this.#text?.trim() ?? '';
    if (text !== '' && name === this.#open.at(-1)?.name) this.#take(name, text);
    this.#text = null;
    if ((name === 'item' || name === 'entry') && this.#link !== null) this.found.push(this.#link);
    this.#open.length = depth;
  }

  /** Of sitemaps what is in the namespace of the root: pictures have addresses under others. */
  #isWanted(name: string, namespace: string): boolean {
    if (this.kind === 'sitemap' || this.kind === 'index') {
      const parent = this.#open.at(-2);
      const isDirect = this.#open.length === 2 || parent?.name === 'url' || parent?.name === 'sitemap';
      return name === 'loc' && isDirect && namespace === this.#open[0]?.namespace;
    }
    const isInEntry = /^(?:item|entry)$/.test(this.#open.at(-2)?.name ?? '');
    return isInEntry && (name === 'link' || name === 'guid' || (name === 'id' && this.kind === 'atom'));
  }

  #take(name: string, text: string): void {
    if (name === 'loc') this.found.push({ address: text, base: null });
    else if (name === 'link') this.#offer(text, 3);
    else if (/^https?:/i.test(text) && (name !== 'guid' || this.#isPermanent)) this.#offer(text, 1);
  }

  /** The best address of an entry: its link, else what names it for good. */
  #offer(address: string, worth: number): void {
    if (this.#link !== null && this.#link.worth >= worth) return;
    const bases = this.#open.flatMap(({ base }) => base ?? []);
    this.#link = { address, worth, base: bases.length === 0 ? null : bases.join('\n') };
  }
}
