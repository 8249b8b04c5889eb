import { createGunzip } from 'node:zlib';
import { StepError } from '../../index.js';
import { decode } from '../encoding/decode.js';
import { tooLarge } from '../fetch/failures.js';
import type { Page } from '../fetch/fetch.js';
import { looksBinary } from '../fetch/media-type.js';
import { webAddress } from './address.js';

/** What the protocol allows a sitemap to have, uncompressed: https://www.sitemaps.org/protocol.html */
export const MOST_SITEMAP_BYTES = 50 * 1024 * 1024;
const MOST_ADDRESSES = 50_000;

export interface Sitemap {
  /** Whether the addresses are those of sitemaps, and not of pages. */
  readonly isIndex: boolean;
  /** Absolute, in normal form, each once; no more than the protocol allows. */
  readonly addresses: readonly string[];
  /** How many more it has. */
  readonly dropped: number;
}

/**
 * Reads a sitemap: XML, an index of sitemaps, or plain text with an address a line; compressed or not. Throws
 * `StepError` `not-a-sitemap` or `too-large`.
 */
export async function readSitemap({ bytes, charset, url }: Page): Promise<Sitemap> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isGzip ? await gunzipped(bytes) : bytes;
  if (looksBinary(plain)) throw notASitemap(url);
  const { text } = decode(plain, { charset });
  const root = /<(?:([\w.-]+):)?(urlset|sitemapindex)[\s>]/i.exec(text.slice(0, 100_000));
  const addresses = new Set<string>();
  let dropped = 0;
  for (const each of root ? locations(text, root[1]) : lines(text, url)) {
    const isPast = addresses.size >= MOST_ADDRESSES;
    const address = each === '' || isPast ? null : webAddress(each, url);
    if (isPast) dropped += 1;
    else if (address !== null) addresses.add(address.href);
  }
  return { isIndex: root?.[2]?.toLowerCase() === 'sitemapindex', addresses: [...addresses], dropped };
}

/** Whole addresses only: a page of prose is no sitemap. */
function lines(text: string, url: string): string[] {
  const found = text.split(/\r\n|\n|\r/).flatMap((line) => line.trim() || []);
  if (found.length === 0 || !found.every((line) => /^https?:\/\//i.test(line))) throw notASitemap(url);
  return found;
}

/**
 * What stands in `<loc>`, with the same prefix as the root: images and videos have theirs under others. Not parsed
 * into a tree, which would take a gigabyte for the largest sitemaps.
 */
function* locations(text: string, prefix: string | undefined): Generator<string> {
  const name = prefix ? `${prefix}:loc` : 'loc';
  const opening = new RegExp(`<!--|<${name}(?=[\\s>])`, 'gi');
  const closing = new RegExp(`</${name}\\s*>`, 'gi');
  // Each search goes on where the one before ended, and the first in vain is the last: hostile texts are read once.
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const isComment = found[0] === '<!--';
    const end = text.indexOf(isComment ? '-->' : '>', opening.lastIndex);
    if (end < 0) return;
    opening.lastIndex = end + 1;
    if (isComment) continue;
    closing.lastIndex = end + 1;
    const closed = closing.exec(text);
    if (closed === null) return;
    opening.lastIndex = closing.lastIndex;
    yield textOfXml(text.slice(end + 1, closed.index)).trim();
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOfXml(xml: string): string {
  return xml.replace(
    /<!\[CDATA\[([\s\S]*?)(?:\]\]>|$)|&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (whole, ...found) => {
      const [cdata, hexadecimal, decimal, name] = found as (string | undefined)[];
      if (cdata !== undefined) return cdata;
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** Stops at the cap, so that a bomb takes no more memory than the largest sitemap. */
async function gunzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const gunzip = createGunzip();
  gunzip.end(bytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of gunzip) {
      size += chunk.length;
      if (size > MOST_SITEMAP_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the answer cannot be decompressed (gzip): ${reason}`;
    throw new StepError('bad-compression', message, { params: { coding: 'gzip', reason }, cause, retry: false });
  }
  if (size > MOST_SITEMAP_BYTES) throw tooLarge(MOST_SITEMAP_BYTES);
  return Buffer.concat(chunks);
}

function notASitemap(url: string): StepError {
  const message = `neither a sitemap in XML nor a list of addresses: ${url}`;
  return new StepError('not-a-sitemap', message, { params: { url }, retry: false });
}
