import { StepError } from '../../index.js';
import { decode } from '../encoding/decode.js';
import { tooLarge } from '../fetch/failures.js';
import type { Page } from '../fetch/fetch.js';
import { gunzipped } from '../fetch/gzip.js';
import { looksBinary } from '../fetch/media-type.js';
import { webAddress } from './address.js';
import { listedInXml } from './sitemap-xml.js';
import { withEntities } from './xml-entities.js';

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
  /** Its end is missing. */
  readonly isCut: boolean;
}

/**
 * Reads a sitemap: XML, an index of sitemaps, a feed, or plain text with an address a line; compressed or not, even
 * twice. Throws `StepError` `not-a-sitemap` or `too-large`.
 */
export async function readSitemap({ bytes, charset, url }: Pick<Page, 'bytes' | 'charset' | 'url'>): Promise<Sitemap> {
  const { plain, isCut } = await unpacked(bytes);
  if (looksBinary(plain)) throw notASitemap(url);
  const { text } = decode(plain, { charset, isXml: true });
  const listed = listedInXml(withEntities(text));
  const addresses = new Set<string>();
  let dropped = 0;
  for (const { address: written, base } of listed?.found ?? lines(text, url)) {
    const isPast = addresses.size >= MOST_ADDRESSES;
    const address = written === '' || isPast ? null : webAddress(written, baseOf(base, url));
    if (isPast) dropped += 1;
    else if (address !== null) addresses.add(address.href);
  }
  return { isIndex: listed?.isIndex ?? false, addresses: [...addresses], dropped, isCut };
}

/** Bases within bases. */
function baseOf(bases: string | null, url: string): string {
  return bases === null ? url : bases.split('\n').reduce((base, each) => webAddress(each, base)?.href ?? base, url);
}

/** Whole addresses only: a page of prose is no sitemap. */
function lines(text: string, url: string): { readonly address: string; readonly base: null }[] {
  const found = text.split(/\r\n|\n|\r/).flatMap((line) => (/^\s*(?:#|$)/.test(line) ? [] : line.trim()));
  if (found.length === 0 || !found.every((line) => /^https?:\/\//i.test(line))) throw notASitemap(url);
  return found.map((address) => ({ address, base: null }));
}

const MOST_PACKED = 3;

/** What is within gzip, as far as it goes: what follows it, and what is missing at its end, does no harm. */
async function unpacked(bytes: Uint8Array): Promise<{ readonly plain: Uint8Array; readonly isCut: boolean }> {
  let plain = bytes;
  let isCut = false;
  for (let i = 0; i < MOST_PACKED && plain[0] === 0x1f && plain[1] === 0x8b; i += 1) {
    const inner = await unzipped(plain);
    plain = inner.plain;
    isCut ||= inner.isCut;
  }
  return { plain, isCut };
}

/** Stops at the cap, so that a bomb takes no more memory than the largest sitemap. */
async function unzipped(bytes: Uint8Array): Promise<{ readonly plain: Uint8Array; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of gunzipped(inPieces(bytes))) {
      size += chunk.length;
      if (size > MOST_SITEMAP_BYTES) throw tooLarge(MOST_SITEMAP_BYTES);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof StepError) throw cause;
    if (size > 0) return { plain: Buffer.concat(chunks), isCut: true };
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the answer cannot be decompressed (gzip): ${reason}`;
    throw new StepError('bad-compression', message, { params: { coding: 'gzip', reason }, cause, retry: false });
  }
  return { plain: Buffer.concat(chunks), isCut: false };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function notASitemap(url: string): StepError {
  const message = `neither a sitemap in XML nor a list of addresses: ${url}`;
  return new StepError('not-a-sitemap', message, { params: { url }, retry: false });
}
