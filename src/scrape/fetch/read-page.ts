import { type Decoded, decode } from '../encoding/decode.js';
import { openDocument, type PageDocument } from '../read/document.js';
import type { Fetcher } from './fetch.js';
import type { Politeness } from './politeness.js';

export interface LoadedPage {
  /** Where it is: its address in normal form. */
  readonly url: string;
  readonly document: PageDocument;
  readonly encoding: Decoded['encoding'];
  readonly why: Decoded['why'];
  /** The answer broke off: more should have followed. */
  readonly isCut: boolean;
}

export interface ReadPageOptions {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Takes a page that broke off on its way as far as it came; otherwise that is a failure worth another try. */
  readonly takesCut: boolean;
}

/** Fetches an address and parses the page; or says where it sends its reader, in HTTP or in HTML. */
export async function readPage(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  address: string,
  options: ReadPageOptions,
): Promise<LoadedPage | URL> {
  const { signal, politeness, takesCut, encoding: override } = options;
  const page = await fetcher.fetchHop(address, { signal, politeness, takesCut });
  if (page instanceof URL) return page;
  const { url, isCut } = page;
  const { text, encoding, why } = decode(page.bytes, {
    charset: page.charset,
    override,
    isXml: page.kind === 'xml' || page.kind === 'xhtml',
  });
  const document = openDocument({ text, kind: page.kind, url, encoding, link: page.link });
  const target = document.refresh(page.refresh);
  // A page that only loads itself anew is no redirect.
  return target === null || target.href === url ? { url, document, encoding, why, isCut } : target;
}
